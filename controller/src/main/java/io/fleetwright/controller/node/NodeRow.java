package io.fleetwright.controller.node;

import io.fleetwright.controller.store.Row;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import org.jspecify.annotations.Nullable;

/** One board with one agent; {@code id} is {@code tenant/node}. */
@Entity
@Table(name = "node")
public class NodeRow extends Row {
    /** Characters of {@link #operators} that the table holds. */
    public static final int OPERATORS_CHARS_MAX = 8000;

    @Id
    public String id = "";

    public String tenant = "";
    public String node = "";
    /** online, offline, lost, unknown or revoked. */
    public String status = "";
    /** SHA-256 of the public key that enrolled. */
    public String keySha256 = "";

    public @Nullable String boot;
    public long connection;
    public long bornAt;
    public long lastSeenAt;
    public @Nullable String agentVersion;
    public @Nullable String kernels;
    /** Comma-separated operators that the runtime can run. */
    public String operators = "";
    /** JSON object of label names and values. */
    public String labels = "{}";

    public long desiredVersion;
    /** When the newest list was made, Unix milliseconds. */
    public long desiredAt;

    public long appliedVersion;
    /** Its newest list is not answered; see {@link #noteAnswer}. */
    public boolean behind;

    /** The list that it refuses, by its own word; 0 for none. */
    public long refusedVersion;
    /** Why, for a machine. */
    public @Nullable String refusedReason;

    public long createdAt;
    /** The link that its agent emulates, absent where the network is what it is. */
    public @Nullable Double linkKbit;

    public @Nullable Double linkRttMillis;
    public @Nullable Double linkLoss;
    /** What its radio takes for a byte, absent when unknown. */
    public @Nullable Double linkSendNanojoules;

    public @Nullable Double linkReceiveNanojoules;
    /** Where its frames come from, as {@link NodeSensors} writes it. */
    public String sensors = "";
    /** Comma-separated transforms that its agent runs before and after the network of a stream. */
    public String transforms = "";
    /** Comma-separated transforms that its agent runs in single orders; with any it takes orders for a sensor's frame itself. */
    public String orderTransforms = "";
    /** By what its agent times operators, absent when it times none. */
    public @Nullable String timing;
    /** Where it takes tensors from other nodes directly, {@code host:port}; absent where it does not. */
    public @Nullable String peer;

    /** Brings {@link #behind} to what the versions say; before each write that changed one of them. */
    void noteAnswer() {
        behind = appliedVersion < desiredVersion;
    }

    /** Why it does not take its newest list, by its own word, as long as it has not taken it. */
    public @Nullable String refusal() {
        return behind && refusedVersion == desiredVersion ? refusedReason : null;
    }

    @Override
    public Object key() {
        return id;
    }
}
