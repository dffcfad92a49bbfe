package io.fleetwright.controller.audit;

import io.fleetwright.controller.node.NodeRow;

/**
 * A rule that a node has broken, or that was broken around it.
 *
 * @param node its name within the tenant
 * @param what names the task, tensor or device
 */
public record Breach(String tenant, String node, Kind kind, String what) {
    /** Which rule; a node gets one audit entry an hour for each. */
    public enum Kind {
        /** A result for a task that is not there, or for an attempt that was never made. */
        UNKNOWN_ATTEMPT,
        /** A result for an attempt that another device was given. */
        FOREIGN_ATTEMPT,
        /** A result of another variant than was ordered. */
        WRONG_VARIANT,
        /** Tensors that no order of the node names. */
        REFUSED_TENSORS,
        /** Work for a device that the node says it does not have. */
        ABSENT_DEVICE,
        /** Times of operators that the variant does not have, or of a device that is not timed. */
        WRONG_OPERATORS
    }

    public static Breach of(NodeRow node, Kind kind, String what) {
        return new Breach(node.tenant, node.node, kind, what);
    }
}
