import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import toolchain.models.branches.Branches;
import toolchain.models.branches.Tensor;
import toolchain.models.everything.Everything;

/** What an app may do with the classes of an AAR, right or wrong. Arguments: the folder of the vectors. */
public final class JvmTest {
    private static final int LEFT = Branches.INPUT0.elements;
    private static final int Y = Branches.OUTPUT0.elements;

    private static Path folder;

    public static void main(String[] arguments) throws Exception {
        folder = Paths.get(arguments[0]);
        codesAreThoseOfTheReference();
        severalOutputs();
        realNumbersAreQuantised();
        shapesAndTypes();
        wrongBuffers();
        useAfterClose();
        twoThreads();
        noLeak();
        System.out.println("all passed");
    }

    private static byte[] vector(String name) throws IOException {
        return Files.readAllBytes(folder.resolve(name));
    }

    private static ByteBuffer direct(byte[] codes) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(codes.length);
        buffer.put(codes).rewind();
        return buffer;
    }

    private static void codesAreThoseOfTheReference() throws IOException {
        byte[] left = vector("branches.input0");
        byte[] right = vector("branches.input1");
        byte[] expected = vector("branches.output0");
        try (Branches model = new Branches()) {
            for (int start = 0, at = 0; start < left.length; start += LEFT, at += Y) {
                ByteBuffer y = Branches.OUTPUT0.newBuffer();
                byte[] one = Arrays.copyOfRange(right, start, start + LEFT);
                ByteBuffer whole = direct(left);
                whole.position(start).limit(start + LEFT);
                model.run(whole, ByteBuffer.wrap(one).asReadOnlyBuffer(), y);
                require(whole.position() == start && y.position() == 0, "positions stay");
                byte[] got = new byte[Y];
                y.get(got);
                require(Arrays.equals(got, Arrays.copyOfRange(expected, at, at + Y)), "codes of vector at " + start);
            }
        }
    }

    private static void severalOutputs() throws IOException {
        byte[] x = vector("everything.input0");
        ByteBuffer[] y = {Everything.OUTPUT0.newBuffer(), Everything.OUTPUT1.newBuffer(), Everything.OUTPUT2.newBuffer()};
        float[] real = new float[Everything.INPUT0.elements];
        for (int i = 0; i < real.length; ++i) {
            real[i] = Everything.INPUT0.scale * (x[i] - Everything.INPUT0.zeroPoint);
        }
        try (Everything model = new Everything()) {
            model.run(direct(Arrays.copyOf(x, real.length)), y[0], y[1], y[2]);
            Everything.Outputs outputs = model.run(real);
            float[][] found = {outputs.softmax21Out, outputs.logSoftmax20Out, outputs.transpose17Out};
            toolchain.models.everything.Tensor[] kinds = {Everything.OUTPUT0, Everything.OUTPUT1, Everything.OUTPUT2};
            for (int k = 0; k < y.length; ++k) {
                byte[] expected = Arrays.copyOf(vector("everything.output" + k), kinds[k].elements);
                for (int i = 0; i < expected.length; ++i) {
                    require(y[k].get(i) == expected[i], "code " + i + " of output " + k);
                    float number = kinds[k].scale * (expected[i] - kinds[k].zeroPoint);
                    require(found[k][i] == number, "number " + i + " of output " + k);
                }
            }
        }
    }

    private static void realNumbersAreQuantised() {
        float[] left = new float[LEFT];
        float[] right = new float[LEFT];
        left[0] = Float.NaN;
        left[1] = Float.POSITIVE_INFINITY;
        left[2] = Float.NEGATIVE_INFINITY;
        left[3] = 2.5f * Branches.INPUT0.scale;
        try (Branches model = new Branches()) {
            float[] y = model.run(left, right);
            ByteBuffer codes = Branches.INPUT0.newBuffer();
            for (int i = 0; i < LEFT; ++i) {
                codes.put(i, (byte) Branches.INPUT0.zeroPoint);
            }
            codes.put(0, (byte) -128).put(1, (byte) 127).put(2, (byte) -128);
            codes.put(3, (byte) (2 + Branches.INPUT0.zeroPoint));
            ByteBuffer zeros = Branches.INPUT1.newBuffer();
            for (int i = 0; i < LEFT; ++i) {
                zeros.put(i, (byte) Branches.INPUT1.zeroPoint);
            }
            ByteBuffer expected = Branches.OUTPUT0.newBuffer();
            model.run(codes, zeros, expected);
            for (int i = 0; i < Y; ++i) {
                float number = Branches.OUTPUT0.scale * (expected.get(i) - Branches.OUTPUT0.zeroPoint);
                require(y[i] == number, "number " + i);
            }
        }
    }

    private static void shapesAndTypes() {
        require(Arrays.equals(Branches.INPUT0.shape(), new int[] {4, 4, 2}), "shape");
        Branches.INPUT0.shape()[0] = 9;
        require(Branches.INPUT0.shape()[0] == 4, "shape is a copy");
        try (Branches model = new Branches()) {
            refuse(IllegalArgumentException.class, "left needs 32 numbers [4, 4, 2], got 31",
                    () -> model.run(new float[31], new float[LEFT]));
            refuse(IllegalArgumentException.class, "right needs 32 numbers",
                    () -> model.run(new float[LEFT], new float[33]));
            refuse(IllegalArgumentException.class, "got 1",
                    () -> model.run(new float[LEFT], new float[LEFT], new float[1]));
            refuse(NullPointerException.class, "", () -> model.run(null, new float[LEFT]));
        }
    }

    private static void wrongBuffers() {
        Tensor x = Branches.INPUT0;
        ByteBuffer good = x.newBuffer();
        try (Branches model = new Branches()) {
            refuse(IllegalArgumentException.class, "left needs 32 bytes between position and limit [4, 4, 2], got 31",
                    () -> model.run(ByteBuffer.allocateDirect(31), good, Branches.OUTPUT0.newBuffer()));
            ByteBuffer used = x.newBuffer();
            used.get();
            refuse(IllegalArgumentException.class, "got 31", () -> model.run(used, good, Branches.OUTPUT0.newBuffer()));
            refuse(IllegalArgumentException.class, "read-only",
                    () -> model.run(good, good, Branches.OUTPUT0.newBuffer().asReadOnlyBuffer()));
            refuse(NullPointerException.class, "", () -> model.run(good, good, null));
            model.run(good, good, ByteBuffer.allocate(Y));
        }
    }

    private static void useAfterClose() {
        Branches model = new Branches();
        model.close();
        model.close();
        refuse(IllegalStateException.class, "Branches is closed", () -> model.run(new float[LEFT], new float[LEFT]));
        ByteBuffer x = Branches.INPUT0.newBuffer();
        refuse(IllegalStateException.class, "Branches is closed",
                () -> model.run(x, x, Branches.OUTPUT0.newBuffer()));
    }

    /** Two threads on one object and on objects of their own; one closes what the other uses. */
    private static void twoThreads() throws InterruptedException {
        try (Branches shared = new Branches()) {
            both(seed -> {
                for (int i = 0; i < 500; ++i) {
                    check(shared, seed + i);
                }
            });
        }
        both(seed -> {
            try (Branches own = new Branches()) {
                for (int i = 0; i < 500; ++i) {
                    check(own, seed + i);
                }
            }
        });
        Branches closing = new Branches();
        Thread other = new Thread(closing::close);
        other.start();
        try {
            for (int i = 0; i < 100000; ++i) {
                closing.run(new float[LEFT], new float[LEFT]);
            }
        } catch (IllegalStateException expected) {
            require(expected.getMessage().equals("Branches is closed"), "message");
        }
        other.join();
    }

    private static void check(Branches model, int number) {
        float[] left = new float[LEFT];
        float[] right = new float[LEFT];
        Arrays.fill(left, (number % 20) * Branches.INPUT0.scale);
        float[] y = model.run(left, right);
        for (float value : y) {
            require(Math.abs(value - left[0]) <= Branches.OUTPUT0.scale, "a sum of another thread");
        }
    }

    private interface Work {
        void run(int seed);
    }

    private static void both(Work work) throws InterruptedException {
        AtomicReference<Throwable> problem = new AtomicReference<>();
        Thread[] threads = new Thread[2];
        for (int i = 0; i < 2; ++i) {
            int seed = 7 * i;
            threads[i] = new Thread(() -> work.run(seed));
            threads[i].setUncaughtExceptionHandler((thread, error) -> problem.set(error));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        require(problem.get() == null, "thread: " + problem.get());
    }

    /** Runs and objects in a heap and direct memory (-Xmx, -XX:MaxDirectMemorySize) too small for what they would leave. */
    private static void noLeak() {
        float[] x = new float[LEFT];
        float[] y = new float[Y];
        try (Branches model = new Branches()) {
            for (int i = 0; i < 10000; ++i) {
                model.run(x, x, y);
            }
        }
        for (int i = 0; i < 3000; ++i) {
            try (Everything model = new Everything()) {
                require(model != null, "made");
            }
        }
    }

    private static void refuse(Class<? extends Exception> type, String message, Runnable action) {
        try {
            action.run();
        } catch (RuntimeException error) {
            require(type.isInstance(error), "expected " + type + ", got " + error);
            require(error.getMessage() == null || error.getMessage().contains(message), "message: " + error.getMessage());
            return;
        }
        throw new AssertionError("not refused: " + message);
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
