package io.fleetwright.runtime;

import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.MalformedModelException;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.onnx.OnnxReader;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.runtime.tflite.TfliteReader;
import java.nio.charset.StandardCharsets;
import java.util.SortedSet;
import java.util.TreeSet;

/** Reads a model file of any supported format. */
public final class ModelReader {
    private static final int IDENTIFIER_AT = 4;
    private static final int ONNX_FIRST_FIELD_MAX = 8;
    private static final byte[] TFLITE_IDENTIFIER = "TFL3".getBytes(StandardCharsets.US_ASCII);

    private ModelReader() {}

    /** The formats, told by a file's bytes. */
    public enum Format {
        TFLITE,
        ONNX,
        /** A part of a network, see {@link PartFile}. */
        PART
    }

    /**
     * What a file claims to be: TFLite and parts have an identifier, ONNX none, but its first field is a small version number.
     *
     * @throws MalformedModelException when it is neither
     */
    public static Format format(byte[] bytes, String name) throws MalformedModelException {
        if (isAt(bytes, IDENTIFIER_AT, TFLITE_IDENTIFIER)) {
            return Format.TFLITE;
        }
        if (PartFile.isPart(bytes)) {
            return Format.PART;
        }
        // Writers put fields in order: version, producer, graph and opset are 1 to 8. Text begins with a higher one.
        int tag = bytes.length == 0 ? 0 : Byte.toUnsignedInt(bytes[0]);
        int wire = tag & 7;
        if (tag >>> 3 == 0 || tag >>> 3 > ONNX_FIRST_FIELD_MAX || (wire != 0 && wire != 2)) {
            throw new MalformedModelException(
                    name, "byte 0", "neither TFLite (no identifier TFL3 at byte 4) nor ONNX (no protobuf field)");
        }
        return Format.ONNX;
    }

    private static boolean isAt(byte[] bytes, int at, byte[] wanted) {
        for (int i = 0; i < wanted.length; i++) {
            if (at + i >= bytes.length || bytes[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Names of all operators that a graph may have ({@link Graph#operatorNames}), so that a device can say what it runs.
     * Those of TFLite are in capitals, those of ONNX are not.
     */
    public static SortedSet<String> operatorNames() {
        var names = new TreeSet<>(OnnxReader.operatorNames());
        names.addAll(TfliteReader.operatorNames());
        return names;
    }

    /**
     * Parses and checks a model; the format is told by its bytes.
     *
     * @param bytes the whole file; copied
     * @param name what error texts and {@link Graph#name()} call it, usually the file name
     * @throws ModelException when the bytes are not a sound model, or need what this runtime does not compute
     */
    public static Graph read(byte[] bytes, String name) throws ModelException {
        return switch (format(bytes, name)) {
            case TFLITE -> TfliteReader.read(bytes, name);
            case ONNX -> OnnxReader.read(bytes, name);
            case PART -> PartFile.read(bytes, name);
        };
    }
}
