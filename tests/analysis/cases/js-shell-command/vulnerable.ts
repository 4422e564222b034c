exec(`ls ${folder}`); // expect
execSync("git log " + author, { cwd }); // expect
child_process.exec("convert " + file + " out.png", done); // expect
require("child_process").execSync(`rm -rf ${target}`); // expect
cp.exec(`ping ${host}`); // expect
exec(req.query.command, done); // expect
spawn(`tar xf ${archive}`, { shell: true }); // expect
spawn("grep " + word, [], { stdio: "inherit", shell: true }); // expect
const { stdout } = await execAsync(`id ${user}`); // expect
spawn("sh", ["-c", `ls ${folder}`]); // expect
child.execFile("/bin/bash", ["-lc", "ls " + folder]); // expect
spawn(`ls ${folder}`, [], { shell: "/bin/bash" }); // expect
child.exec("ls " + folder); // expect
