package io.fleetwright.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.fleetwright.cli.Ran;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void imagesBecomeAsManyBytesAsTheNetworkTakesClassByClass() throws Exception {
        image("set/cat/1.png", 8, 8, 0x2040FF);
        image("set/cat/2.png", 3, 5, 0x2040FF);
        image("set/dog/1.png", 8, 8, 0xFFFFFF);
        Files.writeString(folder.resolve("set/dog/notes.txt"), "not an image");

        Ran ran = Ran.of("dataset", "images", path("set"), "--shape", "4x6x3", "--out", path("set.fwe"));

        assertThat(ran.err()).isEmpty();
        assertThat(ran.out()).contains("3 inputs of [4, 6, 3]", "2 of class 0 (cat)", "1 of class 1 (dog)");
        EvaluationSet set = set("set.fwe");
        assertThat(set.labels()).containsExactly(0, 0, 1);
        assertThat(set.classes()).isEqualTo(2);
        for (int pixel = 0; pixel < 2 * 4 * 6; pixel++) {
            assertThat(Arrays.copyOfRange(set.inputs(), 3 * pixel, 3 * pixel + 3))
                    .containsExactly(0x20, 0x40, (byte) 0xFF);
        }
        assertThat(set.realInput(2)).containsOnly(1f);

        assertThat(Ran.of("dataset", "images", path("set"), "--shape", "1x1x1", "--inputs", "2", "--out", path("g.fwe"))
                        .code())
                .isZero();
        // 0.299 * 32 + 0.587 * 64 + 0.114 * 255 = 76.2
        assertThat(set("g.fwe").inputs()).containsExactly(76, 76);
    }

    @Test
    void numpyArraysBecomeSetsAndRealValuesSetTheirScale() throws Exception {
        var random = new SplittableRandom(1);
        var reals = ByteBuffer.allocate(10 * 6 * 4).order(ByteOrder.LITTLE_ENDIAN);
        var labels = ByteBuffer.allocate(10 * 8).order(ByteOrder.BIG_ENDIAN);
        for (int n = 0; n < 10; n++) {
            for (int i = 0; i < 6; i++) {
                reals.putFloat((float) random.nextDouble(-2, 3));
            }
            labels.putLong(n % 3);
        }
        numpy("x.npy", 1, "<f4", "(10, 2, 3, 1)", reals.array());
        numpy("y.npy", 2, ">i8", "(10,)", labels.array());

        Ran ran = Ran.of("dataset", "numpy", path("x.npy"), path("y.npy"), "--out", path("xy.fwe"));

        assertThat(ran.err()).isEmpty();
        EvaluationSet set = set("xy.fwe");
        assertThat(set.inputShape()).isEqualTo(List.of(2, 3, 1));
        assertThat(set.classes()).isEqualTo(3);
        for (int n = 0; n < 10; n++) {
            assertThat(set.labels()[n]).isEqualTo(n % 3);
            for (int i = 0; i < 6; i++) {
                assertThat(set.realInput(n)[i])
                        .isCloseTo(reals.getFloat((n * 6 + i) * 4), within(set.scale() / 2 + 1e-5f));
            }
        }
        assertThat(Ran.of("dataset", "show", path("xy.fwe")).out()).contains("10 inputs of [2, 3, 1]", "4 of class 0");

        numpy("b.npy", 1, "|u1", "(2, 3)", new byte[] {0, 1, 2, 3, 4, (byte) 255});
        assertThat(Ran.of("dataset", "numpy", path("b.npy"), "--scale", "0.5", "--offset", "-1", "--out", path("b.fwe"))
                        .code())
                .isZero();
        assertThat(set("b.fwe").realInput(1)).containsExactly(0.5f, 1f, 126.5f);
    }

    @Test
    void whatIsWrongIsNamedAndNothingIsWritten() throws Exception {
        Files.createDirectories(folder.resolve("empty"));
        assertRefused("no folder of images", "images", path("empty"), "--shape", "4x4x1");
        assertRefused("--shape (4x4)", "images", path("empty"), "--shape", "4x4");
        Files.createDirectories(folder.resolve("bad/a"));
        Files.writeString(folder.resolve("bad/a/1.png"), "no image");
        assertRefused("1.png is no image", "images", path("bad"), "--shape", "4x4x1");
        numpy("x.npy", 1, "<f4", "(1, 2)", new byte[7]);
        assertRefused("7 bytes of values", "numpy", path("x.npy"));
        numpy("x.npy", 1, "<f4", "(1, 1)", new byte[] {0, 0, (byte) 0xC0, 0x7F});
        assertRefused("element 0 of input 0 is NaN", "numpy", path("x.npy"));
        numpy("x.npy", 1, "<U4", "(1, 1)", new byte[16]);
        assertRefused("descr of integers or floats", "numpy", path("x.npy"));
        numpy("x.npy", 1, "|u1", "(2, 1)", new byte[2]);
        numpy("y.npy", 1, "|u1", "(3,)", new byte[3]);
        assertRefused("labels (3) must be as many as inputs (2)", "numpy", path("x.npy"), path("y.npy"));
        assertRefused("--inputs (0)", "numpy", path("x.npy"), "--inputs", "0");
    }

    /** Whatever bytes there are, a set or one kind of refusal comes out. */
    @Test
    void damagedNumpyFilesAreRefusedInOneWay() throws Exception {
        byte[] whole = numpy("x.npy", 1, "<i2", "(2, 2)", new byte[8]);
        var random = new SplittableRandom(7);
        int refused = 0;
        for (int n = 0; n < 5000; n++) {
            byte[] damaged = Arrays.copyOf(whole, random.nextInt(1, whole.length + 1));
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            try {
                NumpyArray array = NumpyArray.of(damaged);
                for (int i = 0; i < array.count(); i++) {
                    array.at(i);
                }
            } catch (IllegalArgumentException expected) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(2500);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NumpyArray.of(new byte[0]))
                .withMessageContaining("ends");
    }

    private void assertRefused(String message, String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "dataset";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--out";
        all[arguments.length + 2] = path("never.fwe");
        Ran ran = Ran.of((Object[]) all);
        assertThat(ran.code()).isNotZero();
        assertThat(ran.err()).contains(message);
        assertThat(folder.resolve("never.fwe")).doesNotExist();
    }

    private byte[] numpy(String name, int version, String type, String shape, byte[] values) throws IOException {
        String header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }\n".formatted(type, shape);
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        var out = new ByteArrayOutputStream();
        out.write(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        var length = ByteBuffer.allocate(version == 1 ? 2 : 4).order(ByteOrder.LITTLE_ENDIAN);
        out.write((version == 1 ? length.putShort((short) text.length) : length.putInt(text.length)).array());
        out.write(text);
        out.write(values);
        Files.write(folder.resolve(name), out.toByteArray());
        return out.toByteArray();
    }

    private void image(String name, int width, int height, int color) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, color);
            }
        }
        ImageIO.write(image, "png", file.toFile());
    }

    private EvaluationSet set(String name) throws Exception {
        return EvaluationSetCodec.decode(Files.readAllBytes(folder.resolve(name)));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
