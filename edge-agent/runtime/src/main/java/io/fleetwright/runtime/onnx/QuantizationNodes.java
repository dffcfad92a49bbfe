package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.array.DequantizeLinear;
import io.fleetwright.runtime.array.DynamicQuantizeLinear;
import io.fleetwright.runtime.array.Pointwise;
import io.fleetwright.runtime.array.QonnxQuant;
import io.fleetwright.runtime.array.QuantRounding;
import io.fleetwright.runtime.array.QuantizeLinear;
import io.fleetwright.runtime.graph.Limits;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.graph.TensorType;
import io.fleetwright.runtime.onnx.OperatorTable.Reading;
import java.util.Arrays;
import java.util.Map;

/** Operators between real values and integers, of the standard and of its dialects. */
final class QuantizationNodes {
    private QuantizationNodes() {}

    static void addTo(Map<String, Reading> table) {
        table.put("QuantizeLinear", QuantizationNodes::quantize);
        table.put("DequantizeLinear", QuantizationNodes::dequantize);
        table.put("DynamicQuantizeLinear", node -> {
            node.requireInputs(1, 1);
            node.becomes(new DynamicQuantizeLinear());
        });
    }

    static void addMicrosoftTo(Map<String, Reading> table) {
        table.put("QuantizeLinear", QuantizationNodes::quantize);
        table.put("DequantizeLinear", QuantizationNodes::dequantize);
        table.put("QLinearAdd", QuantizationNodes::add);
    }

    static void addQonnxTo(Map<String, Reading> table) {
        table.put("Quant", QuantizationNodes::quant);
        table.put("IntQuant", QuantizationNodes::quant);
        table.put("BipolarQuant", node -> {
            node.requireInputs(2, 2);
            node.becomes(QonnxQuant.bipolar());
        });
        table.put("Trunc", QuantizationNodes::trunc);
    }

    /** The axis counts only where there are several scales. */
    private static int axis(NodeReader node) throws ModelException {
        var x = node.input(0).type();
        var scale = node.input(1).type();
        long axis = node.integer("axis", 1);
        return scale.elements() == 1 && scale.rank() <= 1 ? 0 : node.axis(axis, x.rank());
    }

    private static void quantize(NodeReader node) throws ModelException {
        node.requireInputs(2, 3);
        // Both matter to 8-bit floats alone, or to the width of the division.
        node.ignore("saturate", "precision");
        long wanted = node.integer("output_dtype", 0);
        var zeroPoint = node.optionalInput(2);
        var type = zeroPoint != null ? zeroPoint.type().type() : TensorType.UINT8;
        if (wanted != 0) {
            var asked = OnnxTypes.of(wanted)
                    .orElseThrow(() -> node.unsupported("output_dtype %s".formatted(OnnxTypes.name(wanted))));
            if (zeroPoint != null && asked != type) {
                throw node.malformed("output_dtype %s with zero point %s".formatted(asked, type));
            }
            type = asked;
        }
        requireScales(node);
        node.becomes(new QuantizeLinear(type, axis(node), blockSize(node)));
    }

    private static int blockSize(NodeReader node) throws ModelException {
        return node.integer("block_size", 0, 0, Limits.ELEMENTS_MAX);
    }

    private static void dequantize(NodeReader node) throws ModelException {
        node.requireInputs(2, 3);
        requireScales(node);
        long wanted = node.integer("output_dtype", 0);
        if (wanted != 0
                && OnnxTypes.of(wanted).orElse(null) != node.input(1).type().type()) {
            throw node.unsupported("output_dtype %s, that of the scale supported".formatted(OnnxTypes.name(wanted)));
        }
        node.becomes(new DequantizeLinear(axis(node), blockSize(node)));
    }

    /** Scales that are known must be usable; ones that come at run time are the caller's. */
    private static void requireScales(NodeReader node) throws ModelException {
        var scale = node.input(1);
        if (!scale.isConstant() || scale.type().type() != TensorType.FLOAT32) {
            return;
        }
        var data = scale.constant().asFloatBuffer();
        while (data.hasRemaining()) {
            float value = data.get();
            if (!(value > 0) || Float.isInfinite(value)) {
                throw node.malformed("scale %s, a finite number above 0 allowed".formatted(value));
            }
        }
    }

    /** Defined as the sum of the real values, quantized: so that is what it becomes. */
    private static void add(NodeReader node) throws ModelException {
        node.requireInputs(8, 8);
        var left = node.emit(
                new DequantizeLinear(0, 0), Arrays.asList(node.input(0), node.input(1), node.optionalInput(2)));
        var right = node.emit(
                new DequantizeLinear(0, 0), Arrays.asList(node.input(3), node.input(4), node.optionalInput(5)));
        var sum = node.emit(Pointwise.add(), Arrays.asList(left, right));
        var type = node.input(0).type().type();
        node.becomes(new QuantizeLinear(type, 0, 0), Arrays.asList(sum, node.input(6), node.optionalInput(7)));
    }

    private static QuantRounding rounding(NodeReader node, String absent) throws ModelException {
        String mode = node.text("rounding_mode", absent);
        return QuantRounding.named(mode)
                .orElseThrow(() -> node.unsupported("rounding_mode '%s', %s supported"
                        .formatted(ProtoReader.shown(mode), Arrays.toString(QuantRounding.values()))));
    }

    private static QonnxQuant.Range range(NodeReader node) throws ModelException {
        return QonnxQuant.Range.of(node.flag("signed", true), node.flag("narrow", false));
    }

    private static void quant(NodeReader node) throws ModelException {
        node.requireInputs(4, 4);
        requireScales(node);
        node.becomes(QonnxQuant.intQuant(node.operator(), range(node), rounding(node, "ROUND")));
    }

    /** Version 1 derives the scale after from the bits; version 2 is given it. */
    private static void trunc(NodeReader node) throws ModelException {
        node.requireInputs(5, 6);
        requireScales(node);
        var rounding = rounding(node, "FLOOR");
        node.becomes(node.inputCount() == 5 ? QonnxQuant.truncV1(rounding) : QonnxQuant.truncV2(range(node), rounding));
    }
}
