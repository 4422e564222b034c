import os
import shlex
import subprocess
import sys
from shlex import quote

FOLDER = "/srv/visits"


def show(folder, command, pid):
    subprocess.run(["ls", folder], check=True)
    subprocess.run(["ls", f"{folder}/new"], check=True)
    subprocess.run(f"ls {folder}", shell=False)
    subprocess.run("ls /srv | wc -l", shell=True)
    subprocess.run("ls /srv" " | wc -l", shell=True)
    subprocess.run(command, shell=True)
    subprocess.run("env", shell=True, env={"FOLDER": "x" + folder}, cwd=f"/srv/{folder}")
    subprocess.run(f"ls {quote(folder)} {shlex.quote(folder)}", shell=True)
    subprocess.run("ls " + quote(folder), shell=True)
    subprocess.run("ls {}".format(shlex.quote(folder)), shell=True)
    subprocess.run("ls %s" % quote(folder), shell=True)
    subprocess.run(f"ls {FOLDER} {self.FOLDER}", shell=True)
    subprocess.run("ls " + FOLDER, shell=True)
    subprocess.run(f"{sys.executable} -m venv .venv", shell=True)
    subprocess.run(builder(f"ls {folder}"), shell=True)
    subprocess.run(["sh", "-c", "ls | wc -l"])
    subprocess.run(["sh", "-c", 'ls "$1"', "sh", f"{folder}/new"])
    subprocess.run([sys.executable, "-c", f"import {folder}"])
    os.system("clear")
    os.system("cls" if os.name == "nt" else "clear")
    os.system("kill -9 %d" % pid)
    os.system(f"kill -9 {os.getpid()}")
    os.system(f"kill -9 {int(pid)}")
    platform.system()
    print(f"shell=True {folder}")
    log.info("os.system(%s)" % folder)
