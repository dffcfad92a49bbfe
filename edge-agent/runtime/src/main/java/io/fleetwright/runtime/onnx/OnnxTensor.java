package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.ArrayType;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An array with its data, as an ONNX TensorProto holds one. */
public final class OnnxTensor {
    private final String name;
    private final ArrayType type;
    private final ByteBuffer data;

    private OnnxTensor(OnnxModel.NamedTensor tensor) {
        this.name = tensor.name();
        this.type = tensor.type();
        this.data = tensor.data();
    }

    /**
     * Reads a file that holds one TensorProto.
     *
     * @param bytes the whole file; not copied
     * @param file what error texts call it
     * @throws ModelException when the bytes are not a sound TensorProto, or one of a type that this runtime lacks
     */
    public static OnnxTensor read(byte[] bytes, String file) throws ModelException {
        return new OnnxTensor(OnnxParser.tensor(file, bytes));
    }

    public String name() {
        return name;
    }

    public ArrayType type() {
        return type;
    }

    /** Little-endian, from position 0. */
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
}
