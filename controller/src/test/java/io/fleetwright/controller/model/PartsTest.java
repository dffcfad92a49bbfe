package io.fleetwright.controller.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.controller.core.TestFleet;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.evaluate.EvaluationSetCodec;
import io.fleetwright.runtime.Interpreter;
import io.fleetwright.runtime.Kernels;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.part.PartFile;
import io.fleetwright.testkit.SharedData;
import io.fleetwright.trust.Digest;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Variants that are cut into parts. */
final class PartsTest {
    private static final String TENANT = TestFleet.TENANT;
    private static final byte[] SET = EvaluationSetCodec.encode(
            new EvaluationSet(List.of(32, 32, 1), 10, new byte[2 * 32 * 32], 1 / 255f, 0, new int[] {1, 2}));

    private static final int FROM_AT = 8;
    private static final int DIGEST_AT = 28;

    private final TestFleet fleet = new TestFleet();
    private final Models models = fleet.core().models();
    private byte[] network = {};
    private VariantRow whole = new VariantRow();

    @BeforeEach
    void publish() throws Exception {
        network = Files.readAllBytes(SharedData.projectRoot()
                .resolve("model-registry/zoo/src/main/resources/io/fleetwright/zoo/glyphs/glyphs-w0.5-int8.tflite"));
        assertThat(models.create(TENANT, "glyphs")).isTrue();
        assertThat(models.createVersion(TENANT, "glyphs", "1.0.0")).isTrue();
        whole = models.putVariant(TENANT, "glyphs", "1.0.0", "int8", network, "test");
    }

    private List<VariantRow> cut(String variant, @Nullable List<Integer> after, @Nullable Long memoryBytes) {
        return fleet.core().parts().cut(TENANT, "glyphs", "1.0.0", variant, after, memoryBytes, "test");
    }

    private void refused(String message, String variant, @Nullable List<Integer> after, @Nullable Long memoryBytes) {
        long before = fleet.all(VariantRow.class).size();
        assertThatThrownBy(() -> cut(variant, after, memoryBytes))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(message);
        assertThat(fleet.all(VariantRow.class)).hasSize((int) before);
    }

    private static byte[] run(Graph graph, byte[] input) {
        Interpreter interpreter = Interpreter.create(graph, graph.arithmetic(), Kernels.best());
        byte[] output = new byte[interpreter.outputBytes()];
        interpreter.run(input, 0, output, 0);
        return output;
    }

    @Test
    void partsFitTheMemoryAndGiveTheSameBytes() throws Exception {
        long all = whole.weightBytes + whole.arenaBytes;
        List<VariantRow> parts = cut("int8", null, all * 3 / 4);
        assertThat(parts).hasSizeGreaterThan(1).allMatch(part -> part.weightBytes + part.arenaBytes <= all * 3 / 4);
        assertThat(parts).allMatch(part -> "int8".equals(part.partOf) && part.isPart() && part.golden != null);
        assertThat(parts.stream().mapToLong(part -> part.macs).sum()).isEqualTo(whole.macs);
        assertThat(parts.stream().mapToDouble(VariantRow::share).sum()).isBetween(0.999, 1.001);
        byte[] input = new byte[32 * 32];
        new SplittableRandom(5).nextBytes(input);
        byte[] value = input;
        for (VariantRow part : parts) {
            byte[] stored = fleet.core().run(scope -> Artifacts.of(scope).read(new Digest(part.digest)));
            value = run(ModelReader.read(stored, part.variant), value);
        }
        assertThat(value).isEqualTo(run(ModelReader.read(network, "whole"), input));
        assertThat(cut("int8", null, all * 3 / 4))
                .as("again")
                .extracting(part -> part.id)
                .isEqualTo(parts.stream().map(part -> part.id).toList());
    }

    @Test
    void whatWasMeasuredOfTheWholeIsTrueOfItsParts() {
        assertThat(cut("int8", List.of(2), null)).allMatch(part -> part.accuracyCount == 0);
        models.putEvaluationSet(TENANT, "glyphs", "1.0.0", SET, "test");
        assertThat(fleet.all(VariantRow.class)).hasSize(3).allMatch(row -> row.accuracyCount == 2);
        assertThat(cut("int8", List.of(1), null)).allMatch(part -> part.accuracyCount == 2);
        assertThat(fleet.all(CutLossRow.class))
                .as("cuts of the whole alone are measured")
                .hasSize(1);
        var _ = fleet.core().run(scope -> Stages.promote(scope, TENANT, "glyphs", "1.0.0", Stage.APPROVED, "test"));
        refused("is approved and does not change", "int8", List.of(3), null);
    }

    @Test
    void aPartMayBeUploadedWhereItsNetworkIs() throws Exception {
        byte[] part = PartFile.write(network, "n", 0, 2);
        assertThat(models.putVariant(TENANT, "glyphs", "1.0.0", "front", part, "test").partOf)
                .isEqualTo("int8");
        models.createVersion(TENANT, "glyphs", "2.0.0");
        assertThatThrownBy(() -> models.putVariant(TENANT, "glyphs", "2.0.0", "front", part, "test"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining(
                        "a part of %s, and no variant of glyphs 2.0.0 has these bytes".formatted(whole.digest));
    }

    @Test
    void cutsThatCannotBeAreRefusedWithTheReason() {
        refused("either after, where to cut, or memoryBytes", "int8", null, null);
        refused("either after, where to cut, or memoryBytes", "int8", List.of(1), 1000L);
        refused("memoryBytes (0) must be at least 1", "int8", null, 0L);
        refused("cannot be cut into 4 parts of at most 10 bytes of memory; operators ", "int8", null, 10L);
        refused("as a whole", "int8", null, 1L << 40);
        refused("after ([3, 3]) must ascend", "int8", List.of(3, 3), null);
        refused("must name 1 to 3 operators", "int8", List.of(), null);
        refused("must name operators of the network", "int8", List.of(-1), null);
        refused("must name operators of the network", "int8", List.of(Integer.MAX_VALUE), null);
        refused("int8 cannot be cut before operator 100", "int8", List.of(99), null);
        refused("there is no variant", "other", List.of(1), null);
        String front = cut("int8", List.of(2), null).getFirst().variant;
        refused("is a part of int8; cut that one", front, List.of(0), null);
    }

    @Test
    void partsAreChainedToTheWholeAndShortChainsComeFirst() {
        cut("int8", List.of(0, 2), null);
        cut("int8", List.of(2), null);
        cut("int8", List.of(1), null);
        List<VariantRow> all = fleet.all(VariantRow.class);
        int last = all.stream().mapToInt(row -> row.partOperators).max().orElseThrow() - 1;
        assertThat(Parts.chains(all))
                .extracting(chain -> chain.stream().map(part -> part.variant).toList())
                .containsExactly(
                        List.of("int8.0-1", "int8.2-" + last),
                        List.of("int8.0-2", "int8.3-" + last),
                        List.of("int8.0-0", "int8.1-2", "int8.3-" + last));
        assertThat(Parts.chains(all.stream().filter(row -> row.partFrom == 0).toList()))
                .isEmpty();
    }

    /** A part of a network that says it is one of another. */
    private static byte[] claiming(byte[] part, byte[] other) throws Exception {
        byte[] claiming = part.clone();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(other);
        System.arraycopy(digest, 0, claiming, DIGEST_AT, digest.length);
        return claiming;
    }

    private void refusedPart(String message, byte[] part) {
        assertThatThrownBy(() -> models.putVariant(TENANT, "glyphs", "1.0.0", "front", part, "test"))
                .isInstanceOf(Refusal.class)
                .hasMessageContaining("glyphs/1.0.0/front")
                .hasMessageContaining(message);
        assertThat(fleet.all(VariantRow.class)).hasSize(1);
    }

    @Test
    void aPartThatWasNotCutFromItsNetworkIsRefused() throws Exception {
        Graph core = ModelReader.read(network, "n").integerCore();
        int weights = core.operators().getFirst().constants().getFirst();
        long at = MemorySegment.ofBuffer(core.tensors().get(weights).constant()).address();
        byte[] other = network.clone();
        other[(int) at] ^= 1;
        refusedPart(
                "byte %d of the network's file is another one there".formatted(at),
                claiming(PartFile.write(other, "n", 0, 2), network));
        // Without weights that it needs, which would be read as zeros.
        byte[] front = PartFile.write(network, "n", 0, 2);
        ByteBuffer.wrap(front)
                .putInt(FROM_AT, 2)
                .putInt(FROM_AT + Integer.BYTES, core.operators().size());
        refusedPart("of the network's file is left out", front);
        byte[] shorter = Arrays.copyOf(network, network.length + 4);
        refusedPart("cut from another network", claiming(PartFile.write(shorter, "n", 0, 2), network));
    }
}
