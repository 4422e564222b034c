package tools

func run(folder string) {
	exec.Command("ls", "--", folder).Run()
	exec.Command("sh", "-c", "ls | wc -l").Run()
	exec.Command("sh", script).Run()
	exec.CommandContext(ctx, "tar", "-c", folder).Run()
}
