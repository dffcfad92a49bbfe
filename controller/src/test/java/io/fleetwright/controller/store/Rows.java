package io.fleetwright.controller.store;

import io.fleetwright.controller.audit.AuditHeadRow;
import io.fleetwright.controller.audit.AuditRow;
import io.fleetwright.controller.core.EpochRow;
import io.fleetwright.controller.gate.GatePolicyRow;
import io.fleetwright.controller.gate.GateTestRow;
import io.fleetwright.controller.gate.ObservedRow;
import io.fleetwright.controller.graph.GraphRow;
import io.fleetwright.controller.graph.GraphTaskRow;
import io.fleetwright.controller.graph.GraphTensorRow;
import io.fleetwright.controller.http.KeptAnswerRow;
import io.fleetwright.controller.identity.ApiTokenRow;
import io.fleetwright.controller.identity.EnrolmentTokenRow;
import io.fleetwright.controller.identity.NodeKeyRow;
import io.fleetwright.controller.job.CostRow;
import io.fleetwright.controller.job.CutRow;
import io.fleetwright.controller.job.JobRow;
import io.fleetwright.controller.job.OutputRow;
import io.fleetwright.controller.job.SplitPartRow;
import io.fleetwright.controller.job.SplitRow;
import io.fleetwright.controller.job.WayRow;
import io.fleetwright.controller.model.ArtifactPartRow;
import io.fleetwright.controller.model.ArtifactRow;
import io.fleetwright.controller.model.ChunkRow;
import io.fleetwright.controller.model.CutLossRow;
import io.fleetwright.controller.model.ModelRow;
import io.fleetwright.controller.model.StageChangeRow;
import io.fleetwright.controller.model.UploadRow;
import io.fleetwright.controller.model.VariantRow;
import io.fleetwright.controller.model.VersionRow;
import io.fleetwright.controller.node.DeviceRow;
import io.fleetwright.controller.node.NodeRow;
import io.fleetwright.controller.node.OperatorTimesRow;
import io.fleetwright.controller.node.SlotRow;
import io.fleetwright.controller.release.DocumentRow;
import io.fleetwright.controller.release.ReleaseRow;
import io.fleetwright.controller.rollout.LabelValueRow;
import io.fleetwright.controller.rollout.RolloutRow;
import io.fleetwright.controller.rollout.TargetRow;
import io.fleetwright.controller.rollout.WaveRow;
import io.fleetwright.controller.stream.LiveStreamRow;
import io.fleetwright.controller.stream.NodeStrainRow;
import io.fleetwright.controller.stream.StreamPaceRow;
import io.fleetwright.controller.stream.StreamPlanRow;
import io.fleetwright.controller.stream.StreamWindowRow;
import io.fleetwright.controller.targeting.GroupRow;
import io.fleetwright.controller.telemetry.MetricRow;
import io.fleetwright.controller.telemetry.SampleRow;
import io.fleetwright.controller.telemetry.StreamRow;
import io.fleetwright.controller.webhook.DeliveryRow;
import io.fleetwright.controller.webhook.WebhookRow;
import jakarta.persistence.Column;
import jakarta.persistence.Id;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every row type, and rows with a distinct value in each field. */
final class Rows {
    static final List<Class<? extends Row>> TYPES = List.of(
            ApiTokenRow.class,
            ArtifactPartRow.class,
            ArtifactRow.class,
            AuditHeadRow.class,
            AuditRow.class,
            ChunkRow.class,
            CostRow.class,
            DeliveryRow.class,
            DeviceRow.class,
            OperatorTimesRow.class,
            CutLossRow.class,
            CutRow.class,
            WayRow.class,
            DocumentRow.class,
            EnrolmentTokenRow.class,
            EpochRow.class,
            GraphRow.class,
            GraphTaskRow.class,
            GraphTensorRow.class,
            GroupRow.class,
            JobRow.class,
            KeptAnswerRow.class,
            OutputRow.class,
            GatePolicyRow.class,
            GateTestRow.class,
            LabelValueRow.class,
            MetricRow.class,
            ObservedRow.class,
            ModelRow.class,
            NodeKeyRow.class,
            NodeRow.class,
            ReleaseRow.class,
            RolloutRow.class,
            SampleRow.class,
            SplitPartRow.class,
            SplitRow.class,
            SlotRow.class,
            StageChangeRow.class,
            StreamRow.class,
            LiveStreamRow.class,
            NodeStrainRow.class,
            StreamPaceRow.class,
            StreamPlanRow.class,
            StreamWindowRow.class,
            TargetRow.class,
            UploadRow.class,
            VariantRow.class,
            VersionRow.class,
            WaveRow.class,
            WebhookRow.class);

    private Rows() {}

    static Field id(Class<? extends Row> type) {
        return Arrays.stream(type.getFields())
                .filter(field -> field.isAnnotationPresent(Id.class))
                .findFirst()
                .orElseThrow();
    }

    static List<Field> fields(Class<? extends Row> type) {
        return Arrays.stream(type.getFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .toList();
    }

    static boolean isNullable(Field field) {
        return field.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    /** No update writes it. */
    static boolean isFixed(Field field) {
        Column column = field.getAnnotation(Column.class);
        return column != null && !column.updatable();
    }

    static <R extends Row> R filled(Class<R> type, int seed) throws ReflectiveOperationException {
        R row = type.getDeclaredConstructor().newInstance();
        int place = 0;
        for (Field field : fields(type)) {
            field.set(row, value(field.getType(), seed * 1000 + ++place));
        }
        return row;
    }

    private static Object value(Class<?> type, int number) {
        if (type == String.class) {
            return "text " + number;
        } else if (type == long.class || type == Long.class) {
            return (1L << 40) + number;
        } else if (type == int.class || type == Integer.class) {
            return number;
        } else if (type == double.class || type == Double.class) {
            return number + 0.1;
        } else if (type == boolean.class) {
            return number / 1000 % 2 == 0;
        } else if (type == byte[].class) {
            return new byte[] {(byte) number, -1, 0, 1, 127, -128};
        }
        throw new AssertionError("no value for " + type);
    }
}
