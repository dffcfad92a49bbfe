package io.fleetwright.agent.sensor;

import io.fleetwright.agent.link.TensorPieces;
import io.fleetwright.telemetry.wire.Birth.SensorKind;
import io.fleetwright.telemetry.wire.Tensor;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The newest frame that another node has sent. It stays until a newer one is whole, so several networks can look at the same
 * one. Numbers are the sender's and must grow, over its restarts too; one frame is kept and one more in the making.
 */
public final class MqttSensor implements Sensor {
    /** Of one frame. */
    public static final int FRAME_BYTES_MAX = 1024 * 1024;

    private final String from;
    private @Nullable SensorFrame newest;
    private long makingNumber;
    private @Nullable TensorPieces making;

    /** @param from node of the same tenant whose frames count */
    public MqttSensor(String from) {
        this.from = from;
    }

    @Override
    public SensorKind kind() {
        return SensorKind.MQTT;
    }

    @Override
    public synchronized Optional<SensorFrame> take(int bytes) {
        return Optional.ofNullable(newest).filter(frame -> frame.bytes().length == bytes);
    }

    /**
     * Takes a stretch of a frame; its epoch is the frame's number.
     *
     * @return false when it is from another node, too large, older than what is here, or does not fit
     */
    synchronized boolean offer(String sender, Tensor stretch) {
        if (!sender.equals(from) || stretch.total() > FRAME_BYTES_MAX || stretch.epoch() < makingNumber) {
            return false;
        }
        if (stretch.epoch() > makingNumber) {
            makingNumber = stretch.epoch();
            making = new TensorPieces(stretch.total());
        }
        TensorPieces pieces = making;
        if (pieces == null) {
            return false; // It is whole already, or cannot be any more.
        }
        return switch (pieces.take(stretch)) {
            case KEPT -> true;
            case REPEATED -> false;
            case WRONG, DAMAGED -> {
                making = null;
                yield false;
            }
            case WHOLE -> {
                newest = new SensorFrame(makingNumber, pieces.whole());
                making = null;
                yield true;
            }
        };
    }
}
