import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import toolchain.models.reals.Reals;

/** The classes of a float32 model. Arguments: the folder of the vectors. */
public final class FloatTest {
    private static final int X = Reals.INPUT0.elements;
    private static final int Y = Reals.OUTPUT0.elements;

    public static void main(String[] arguments) throws Exception {
        FloatBuffer inputs = vectors(arguments[0], "reals.input0");
        FloatBuffer outputs = vectors(arguments[0], "reals.output0");
        require(Reals.INPUT0.bytes == 4 * X && Reals.INPUT0.newBuffer().order() == ByteOrder.nativeOrder(), "buffer");
        try (Reals model = new Reals()) {
            while (inputs.hasRemaining()) {
                float[] x = new float[X];
                float[] y = new float[Y];
                inputs.get(x);
                outputs.get(y);
                require(same(model.run(x), y), "numbers of an array");
                ByteBuffer in = Reals.INPUT0.newBuffer();
                ByteBuffer out = Reals.OUTPUT0.newBuffer();
                in.asFloatBuffer().put(x);
                model.run(in, out);
                float[] got = new float[Y];
                out.asFloatBuffer().get(got);
                require(same(got, y), "numbers of a buffer");
            }
            refuse(model, "x needs 48 numbers [4, 4, 3], got 47", 47, 192);
            refuse(model, "x needs 192 bytes between position and limit [4, 4, 3], got 48", X, 48);
        }
        System.out.println("all passed");
    }

    private static FloatBuffer vectors(String folder, String name) throws Exception {
        byte[] bytes = Files.readAllBytes(Paths.get(folder, name));
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }

    private static boolean same(float[] a, float[] b) {
        for (int i = 0; i < a.length; ++i) {
            if (Float.floatToRawIntBits(a[i]) != Float.floatToRawIntBits(b[i])) {
                return false;
            }
        }
        return a.length == b.length;
    }

    private static void refuse(Reals model, String message, int elements, int bytes) {
        try {
            model.run(new float[elements]);
            model.run(ByteBuffer.allocateDirect(bytes), Reals.OUTPUT0.newBuffer());
        } catch (IllegalArgumentException error) {
            require(error.getMessage().equals(message), error.getMessage());
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
