package io.fleetwright.forge.pack;

import io.fleetwright.forge.network.Activation;
import io.fleetwright.forge.network.FloatLayer;
import io.fleetwright.forge.network.FloatLayer.Convolution;
import io.fleetwright.forge.network.FloatLayer.Depthwise;
import io.fleetwright.forge.network.FloatLayer.FullyConnected;
import io.fleetwright.forge.network.FloatLayer.GlobalAveragePool;
import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.forge.quantize.ActivationParameters;
import io.fleetwright.forge.quantize.QuantizedModel;
import io.fleetwright.forge.quantize.Recipe;
import io.fleetwright.forge.quantize.RecipeJson;
import io.fleetwright.forge.weights.IntegerWeights;
import io.fleetwright.forge.weights.ScaleSpan;
import io.fleetwright.forge.weights.WeightCodes;
import io.fleetwright.forge.weights.WeightFormat;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The binary form of a {@link QuantizedPackage}, big-endian; a text is its int32 length and UTF-8:
 *
 * <pre>
 * int32 magic "FWQN"   uint8 version 2   text name   uint16 height, width, channels
 * float32 scale, int8 zero point of the input   uint16 layers
 * layer: uint8 kind (0 convolution, 1 depthwise, 2 global average, 3 fully connected)
 *        uint16 output channels, uint8 kernel, uint8 stride, uint8 ReLU (1) or not, uint8 format   all but kind 2; format + 128 where neighbours share scales
 *        weights as in WeightCodes, then int32 bias x output channels                         all but kind 2
 *        float32 scale, int8 zero point of the output
 * text recipe   int32 CRC-32C of everything before it
 * </pre>
 */
public final class PackageCodec {
    private static final int MAGIC = 0x4657514E;
    private static final int VERSION = 2;
    private static final int LAYERS_MAX = 10_000;
    private static final int WEIGHTS_MAX = 1 << 28;
    private static final int CHECK_BYTES = Integer.BYTES;
    private static final int SHARED = 128;
    private static final int CONVOLUTION = 0;
    private static final int DEPTHWISE = 1;
    private static final int AVERAGE = 2;
    private static final int CONNECTED = 3;

    private PackageCodec() {}

    /** True when the bytes begin like a package. */
    public static boolean isPackage(byte[] bytes) {
        return bytes.length >= Integer.BYTES && ByteBuffer.wrap(bytes).getInt() == MAGIC;
    }

    /** The same network and recipe give the same bytes. */
    public static byte[] encode(QuantizedPackage quantized) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            QuantizedModel model = quantized.model();
            out.writeInt(MAGIC);
            out.writeByte(VERSION);
            write(out, model.name());
            out.writeShort(model.shape().height());
            out.writeShort(model.shape().width());
            out.writeShort(model.shape().channels());
            write(out, model.input());
            out.writeShort(model.layers().size());
            for (QuantizedModel.Layer layer : model.layers()) {
                write(out, layer);
            }
            write(out, RecipeJson.write(quantized.recipe()));
            out.writeInt(checksum(bytes.toByteArray(), bytes.size()));
        } catch (IOException impossible) {
            throw new UncheckedIOException("writing to memory failed", impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, QuantizedModel.Layer layer) throws IOException {
        switch (layer.source()) {
            case Convolution conv -> {
                out.writeByte(CONVOLUTION);
                window(out, conv.outChannels(), conv.kernel(), conv.stride(), conv.activation());
            }
            case Depthwise conv -> {
                out.writeByte(DEPTHWISE);
                window(out, conv.channels(), conv.kernel(), conv.stride(), conv.activation());
            }
            case GlobalAveragePool _ -> out.writeByte(AVERAGE);
            case FullyConnected connected -> {
                out.writeByte(CONNECTED);
                window(out, connected.outputs(), 1, 1, Activation.NONE);
            }
        }
        if (layer.weights().isPresent()) {
            IntegerWeights weights = layer.weights().get();
            out.writeByte(weights.format().code() | (weights.span() == ScaleSpan.NEIGHBOURS ? SHARED : 0));
            out.write(WeightCodes.encode(weights));
            for (int bias : layer.bias()) {
                out.writeInt(bias);
            }
        }
        write(out, layer.output());
    }

    private static void window(DataOutputStream out, int channels, int kernel, int stride, Activation activation)
            throws IOException {
        out.writeShort(channels);
        out.writeByte(kernel);
        out.writeByte(stride);
        out.writeByte(activation == Activation.RELU ? 1 : 0);
    }

    private static void write(DataOutputStream out, ActivationParameters parameters) throws IOException {
        out.writeFloat(parameters.scale());
        out.writeByte(parameters.zeroPoint());
    }

    private static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    /**
     * Reads {@link #encode}'s form; lengths are checked against the bytes there before memory is taken.
     *
     * @throws MalformedPackageException if the bytes are anything else
     */
    public static QuantizedPackage decode(byte[] bytes) throws MalformedPackageException {
        var in = ByteBuffer.wrap(bytes);
        try {
            int magic = in.getInt();
            int version = in.get();
            if (magic != MAGIC || version != VERSION) {
                throw new MalformedPackageException(
                        0,
                        "magic 0x%08x version %d, expected 0x%08x version %d"
                                .formatted(magic, version, MAGIC, VERSION));
            }
            int checked = bytes.length - CHECK_BYTES;
            if (in.getInt(checked) != checksum(bytes, checked)) {
                throw new MalformedPackageException(checked, "checksum does not match");
            }
            in.limit(checked);
            QuantizedModel model = model(in);
            Recipe recipe = RecipeJson.read(text(in));
            if (in.hasRemaining()) {
                throw new IllegalArgumentException("%d bytes after the end".formatted(in.remaining()));
            }
            return new QuantizedPackage(model, recipe);
        } catch (BufferUnderflowException tooShort) {
            throw new MalformedPackageException(in.position(), "too short");
        } catch (IllegalArgumentException | ArithmeticException unfit) {
            // The records check what they hold; what they say is the reason for refusing the bytes.
            throw new MalformedPackageException(in.position(), String.valueOf(unfit.getMessage()));
        }
    }

    private static QuantizedModel model(ByteBuffer in) {
        String name = text(in);
        var shape = new ImageShape(unsigned(in), unsigned(in), unsigned(in));
        ActivationParameters input = parameters(in);
        int count = unsigned(in);
        if (count < 1 || count > LAYERS_MAX) {
            throw new IllegalArgumentException("layers (%d) must be 1..%d".formatted(count, LAYERS_MAX));
        }
        List<QuantizedModel.Layer> layers = new ArrayList<>();
        ImageShape current = shape;
        ActivationParameters before = input;
        for (int i = 0; i < count; i++) {
            QuantizedModel.Layer layer = layer(in, current, before);
            layers.add(layer);
            current = layer.source().outputShape(current);
            before = layer.output();
        }
        return new QuantizedModel(name, shape, input, layers);
    }

    private static QuantizedModel.Layer layer(ByteBuffer in, ImageShape shape, ActivationParameters before) {
        int kind = in.get();
        if (kind == AVERAGE) {
            return new QuantizedModel.Layer(new GlobalAveragePool(), Optional.empty(), new int[0], parameters(in));
        }
        int channels = unsigned(in);
        int kernel = in.get();
        int stride = in.get();
        Activation activation = in.get() == 1 ? Activation.RELU : Activation.NONE;
        int code = in.get() & 0xFF;
        WeightFormat format = WeightFormat.of(code & SHARED - 1)
                .orElseThrow(() -> new IllegalArgumentException("format %d is unknown".formatted(code)));
        ScaleSpan span = (code & SHARED) == 0 ? ScaleSpan.CHANNEL : ScaleSpan.NEIGHBOURS;
        int depth = switch (kind) {
            case CONVOLUTION -> Math.multiplyExact(kernel * kernel, shape.channels());
            case DEPTHWISE -> kernel * kernel;
            case CONNECTED -> shape.elements();
            default -> throw new IllegalArgumentException("layer kind %d is unknown".formatted(kind));
        };
        if (channels < 1 || depth < 1 || (long) channels * depth > WEIGHTS_MAX) {
            throw new IllegalArgumentException(
                    "%d channels of %d weights, at most %d weights".formatted(channels, depth, WEIGHTS_MAX));
        }
        IntegerWeights weights = WeightCodes.decode(format, span, channels, depth, in);
        if ((long) channels * Integer.BYTES > in.remaining()) {
            throw new BufferUnderflowException();
        }
        var bias = new int[channels];
        for (int c = 0; c < channels; c++) {
            bias[c] = in.getInt();
        }
        var none = new float[channels * depth];
        var zero = new float[channels];
        FloatLayer source = switch (kind) {
            case CONVOLUTION -> new Convolution(channels, shape.channels(), kernel, stride, none, zero, activation);
            case DEPTHWISE -> new Depthwise(channels, kernel, stride, none, zero, activation);
            default -> new FullyConnected(depth, channels, none, zero);
        };
        return QuantizedModel.Layer.standingFor(source, Optional.of(weights), bias, before, parameters(in));
    }

    private static ActivationParameters parameters(ByteBuffer in) {
        return new ActivationParameters(in.getFloat(), in.get());
    }

    private static int unsigned(ByteBuffer in) {
        return in.getShort() & 0xFFFF;
    }

    private static String text(ByteBuffer in) {
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("text of %d bytes, %d left".formatted(length, in.remaining()));
        }
        var bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static int checksum(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
