import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import toolchain.models.parts.Parts;

/** A model for several threads, used in several threads of Java's. Arguments: the folder of the vectors. */
public final class ThreadsTest {
    private static final int USERS = 3;
    private static final int RUNS = 50;

    public static void main(String[] arguments) throws Exception {
        byte[] x = Arrays.copyOf(Files.readAllBytes(Paths.get(arguments[0], "parts.input0")), Parts.INPUT0.elements);
        byte[] y = Arrays.copyOf(Files.readAllBytes(Paths.get(arguments[0], "parts.output0")), Parts.OUTPUT0.elements);
        AtomicInteger exact = new AtomicInteger();
        Thread[] users = new Thread[USERS];
        for (int i = 0; i < USERS; ++i) {
            users[i] = new Thread(() -> use(x, y, exact));
            users[i].start();
        }
        for (Thread user : users) {
            user.join();
        }
        if (exact.get() != USERS * RUNS) {
            throw new AssertionError(exact + " of " + USERS * RUNS + " runs gave the reference's codes");
        }
        System.out.println("all passed");
    }

    private static void use(byte[] x, byte[] y, AtomicInteger exact) {
        byte[] found = new byte[y.length];
        try (Parts model = new Parts()) {
            for (int run = 0; run < RUNS; ++run) {
                model.run(ByteBuffer.wrap(x), ByteBuffer.wrap(found));
                exact.addAndGet(Arrays.equals(found, y) ? 1 : 0);
            }
        }
    }
}
