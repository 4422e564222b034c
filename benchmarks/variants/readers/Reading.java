import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.tools.javac.tree.JCTree;
import com.sun.tools.javac.tree.TreeTranslator;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Reads lines of base64, each a Java file; writes, for each, javac's own print of its tree, without comments and
 *  redundant brackets, in base64. A line is empty where javac's parser refuses the file. */
public class Reading {
    static class Source extends SimpleJavaFileObject {
        final String text;

        Source(String text) {
            super(URI.create("string:///Unit.java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignored) {
            return text;
        }
    }

    static class Bare extends TreeTranslator {
        @Override
        public void visitParens(JCTree.JCParens tree) {
            result = translate(tree.expr);
        }
    }

    static String read(JavaCompiler compiler, String text) throws Exception {
        DiagnosticCollector<JavaFileObject> refused = new DiagnosticCollector<>();
        JavacTask task = (JavacTask) compiler.getTask(null, null, refused, null, null, List.of(new Source(text)));
        StringBuilder said = new StringBuilder();
        for (CompilationUnitTree unit : task.parse()) {
            ((JCTree.JCCompilationUnit) unit).docComments = null;
            said.append(new Bare().translate((JCTree) unit));
        }
        return refused.getDiagnostics().isEmpty() ? said.toString() : "";
    }

    public static void main(String[] arguments) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        StringBuilder out = new StringBuilder();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String text = new String(Base64.getDecoder().decode(line), StandardCharsets.UTF_8);
            byte[] said = read(compiler, text).getBytes(StandardCharsets.UTF_8);
            out.append(Base64.getEncoder().encodeToString(said)).append('\n');
        }
        System.out.print(out);
    }
}
