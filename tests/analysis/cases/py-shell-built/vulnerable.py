import asyncio
import os
import subprocess
from subprocess import Popen, check_output


def show(folder, name, options):
    subprocess.run(f"ls {folder}", shell=True)  # expect
    subprocess.run(f"ls {folder!r:>10}", cwd="/", shell=True, check=True)  # expect
    subprocess.check_call("ls " + folder, shell=True)  # expect
    subprocess.call(options + " " + folder + " | sort", shell=True)  # expect
    check_output("ls %s" % folder, shell=True)  # expect
    check_output("ls %(folder)s | head -%(count)d" % options, shell=True)  # expect
    Popen("ls {}".format(folder), shell=True)  # expect
    Popen("ls {folder}".format_map(options), shell=True)  # expect
    subprocess.run(args=f"ls {folder}", shell=True)  # expect
    subprocess.run(shell=True, args="ls " + folder)  # expect
    subprocess.run(
        "ls "
        f"{folder}",  # expect
        shell=True,
    )
    subprocess.run(
        (  # expect
            "ls {} "
            "| grep {}"
        ).format(folder, name),
        shell=True,
        check=True,
    )
    subprocess.run(["sh", "-c", f"ls {folder}"])  # expect
    Popen(["/bin/bash", "-lc", "ls " + folder])  # expect
    os.system(f"ls {folder}")  # expect
    os.system("ls " + f"{folder} {name}")  # expect
    os.system(("ls " + folder))  # expect
    lines = os.popen("ls %s" % (folder,)).read()  # expect
    os.system(f"rm -r {folder}" if folder else "true")  # expect
    if subprocess.getoutput(f"id {name}"):  # expect
        return lines
    return asyncio.create_subprocess_shell(f"id {name}")  # expect
