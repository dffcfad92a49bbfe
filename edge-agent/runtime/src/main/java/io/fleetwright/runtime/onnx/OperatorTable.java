package io.fleetwright.runtime.onnx;

import io.fleetwright.runtime.graph.ModelException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The operators that can be read, by domain and name. */
final class OperatorTable {
    /** Oldest and newest version of the standard whose meaning is known here. */
    static final int OPSET_MIN = 7;

    static final int OPSET_MAX = 25;

    /** Turns one node into steps. */
    @FunctionalInterface
    interface Reading {
        void read(NodeReader node) throws ModelException;
    }

    private static final Map<String, Reading> STANDARD = new HashMap<>();
    private static final Map<String, Reading> MICROSOFT = new HashMap<>();
    private static final Map<String, Reading> QONNX = new HashMap<>();

    static {
        PointwiseNodes.addTo(STANDARD);
        ShapeNodes.addTo(STANDARD);
        WindowNodes.addTo(STANDARD);
        ProductNodes.addTo(STANDARD);
        ReductionNodes.addTo(STANDARD);
        QuantizationNodes.addTo(STANDARD);
        QuantizationNodes.addMicrosoftTo(MICROSOFT);
        QuantizationNodes.addQonnxTo(QONNX);
    }

    private OperatorTable() {}

    private static Map<String, Reading> of(String domain) {
        return switch (domain) {
            case "" -> STANDARD;
            case "com.microsoft" -> MICROSOFT;
            case "qonnx.custom_op.general", "onnx.brevitas", "finn.custom_op.general" -> QONNX;
            default -> Map.of();
        };
    }

    static Optional<Reading> find(String domain, String operator) {
        return Optional.ofNullable(of(domain).get(operator));
    }

    /** All names, of all domains. */
    static Set<String> names() {
        var names = new TreeSet<>(STANDARD.keySet());
        names.addAll(MICROSOFT.keySet());
        names.addAll(QONNX.keySet());
        return names;
    }

    /** Newest version of a domain that is known; domains other than the standard's have few. */
    static int versionMax(String domain) {
        return switch (domain) {
            case "" -> OPSET_MAX;
            case "com.microsoft" -> 1;
            default -> 2;
        };
    }
}
