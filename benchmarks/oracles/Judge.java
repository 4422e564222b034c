import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.security.MessageDigest;
import java.util.*;
import javax.tools.*;

/** Compiles sources one after the other, without debug information, and says what became of each: a digest, or why not. */
public class Judge {
    /** Class files stay in memory. */
    static final class Kept extends ForwardingJavaFileManager<StandardJavaFileManager> {
        final SortedMap<String, ByteArrayOutputStream> classes = new TreeMap<>();

        Kept(StandardJavaFileManager manager) {
            super(manager);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location at, String name, JavaFileObject.Kind kind, FileObject by) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            classes.put(name, bytes);
            return new SimpleJavaFileObject(java.net.URI.create("memory:///" + name.replace('.', '/')), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return bytes;
                }
            };
        }
    }

    /** Each line of the input: the folder that patches java.base, the path of the source in it, the file of its text. */
    public static void main(String[] arguments) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) {
            String[] parts = line.split("\t");
            Path source = Path.of(parts[0], parts[1]);
            Files.createDirectories(source.getParent());
            Files.copy(Path.of(parts[2]), source, StandardCopyOption.REPLACE_EXISTING);
            System.out.println(compiled(compiler, parts[0], source));
            Files.delete(source);
        }
    }

    static String compiled(JavaCompiler compiler, String folder, Path source) throws Exception {
        DiagnosticCollector<JavaFileObject> said = new DiagnosticCollector<>();
        StandardJavaFileManager files = compiler.getStandardFileManager(said, Locale.ROOT, StandardCharsets.UTF_8);
        Kept kept = new Kept(files);
        List<String> options = List.of(
            "-g:none", "-proc:none", "-nowarn", "-Xlint:none", "--patch-module", "java.base=" + folder);
        boolean done = compiler.getTask(null, kept, said, options, null, files.getJavaFileObjects(source)).call();
        files.close();
        if (!done) {
            for (Diagnostic<?> one : said.getDiagnostics()) {
                if (one.getKind() == Diagnostic.Kind.ERROR) {
                    return "error " + one.getLineNumber() + " " + one.getMessage(Locale.ROOT).replaceAll("\\s+", " ");
                }
            }
            return "error";
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (Map.Entry<String, ByteArrayOutputStream> one : kept.classes.entrySet()) {
            digest.update(one.getKey().getBytes(StandardCharsets.UTF_8));
            digest.update(one.getValue().toByteArray());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
