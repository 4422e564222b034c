package tools

func run(folder string) {
	exec.Command("sh", "-c", "ls "+folder).Run()                            // expect
	exec.Command("/bin/bash", "-c", fmt.Sprintf("tar xf %s", folder)).Run() // expect
	exec.CommandContext(ctx, "bash", "-lc", command).Run()                  // expect
	exec.Command("cmd", "/C", "dir "+folder).Run()                          // expect
}
