package io.fleetwright.runtime.array;

/** A float32 operand as an array of floats: read once when it is constant, else each time it is asked for. */
final class FloatConstant {
    private final Operand operand;
    private final float[] values;

    FloatConstant(Operand operand) {
        this.operand = operand;
        this.values = new float[operand.type().elements()];
        if (operand.isConstant()) {
            read(new byte[0]);
        }
    }

    private void read(byte[] arena) {
        Element.readFloats(operand.in(arena), operand.at(), values, 0, values.length);
    }

    boolean isConstant() {
        return operand.isConstant();
    }

    float[] values(byte[] arena) {
        if (!operand.isConstant()) {
            read(arena);
        }
        return values;
    }
}
