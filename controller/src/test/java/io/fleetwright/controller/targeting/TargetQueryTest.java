package io.fleetwright.controller.targeting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.fleetwright.controller.core.Refusal;
import io.fleetwright.testkit.SeededCases;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TargetQueryTest {
    private static final Facts BOARD = new Facts(
            Map.of(
                    Field.NODE, List.of("lab-1"),
                    Field.CLASS, List.of("cpu", "gpu"),
                    Field.MEMORY, List.of("1048576"),
                    Field.AGENT, List.of("1.9.0"),
                    Field.MODELLED, List.of("true"),
                    Field.SEEN, List.of("2026-05-01T10:00:00Z")),
            Map.of("site", "north"));

    private static final Map<String, String> GROUPS = Map.of(
            "north", "label.site==north",
            "north-gpus", "group==north;class==gpu",
            "circle", "group==round",
            "round", "class==cpu,group==circle");

    private static TargetQuery parse(String text) {
        return TargetQuery.parse(text, name -> Optional.ofNullable(GROUPS.get(name)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "node==lab-1 | true",
                "node==LAB-1 | false",
                "node==lab-* | true",
                "node==*1 | true",
                "node==l*b*1 | true",
                "node==lab-1*1 | false",
                "node!=lab-* | false",
                "class==gpu | true",
                "class!=gpu | false",
                "class=in=(dsp,gpu) | true",
                "class=out=(dsp,npu) | true",
                "class=out=(dsp,cpu) | false",
                "memory>=1048576 | true",
                "memory>1048576 | false",
                "memory=lt=2e6 | true",
                "memory==1048576.0 | true",
                "agent<1.10.0 | true",
                "agent>=1.9 | true",
                "agent=ge=2 | false",
                "agent==1.* | true",
                "modelled==true | true",
                "seen>'2026-05-01T11:59:00+02:00' | true",
                "seen>2026-05-01T10:00:01Z | false",
                "label.site==north | true",
                "label.rack==a | false",
                "label.rack!=a | true",
                "profile==x | false",
                "profile!=x | true",
                "class==dsp,class==gpu;node==lab-2 | false",
                "(class==dsp,class==gpu);node==lab-1 | true",
                "class==dsp or class==gpu and node==lab-1 | true",
                "group==north-gpus | true",
                "group!=north | false",
                "group=in=(north,north-gpus) | true"
            })
    void aQueryFitsOrNot(String query, boolean fits) {
        assertThat(parse(query).test(BOARD)).isEqualTo(fits);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "class=cpu | column 10: it ends too early; a comparison is like class==cpu",
                "class==cpu; | column 12: it ends too early",
                "class==cpu;;node==a | column 12: (;node==a) cannot stand here",
                "(class==cpu | column 12: it ends too early",
                "class==cpu;colour==red | column 12: (colour) must be node, device",
                "node==a,memory>big | column 9: memory: (big) must be a number",
                "class>cpu | column 1: class: it has no order",
                "modelled==yes | column 1: modelled: (yes) must be true or false",
                "seen>yesterday | column 1: seen: (yesterday) must be a time",
                "group==nobody | column 8: there is no group nobody",
                "group>north | column 1: groups have no order",
                "group==circle | contains itself"
            })
    void aWrongQueryIsRefusedWithItsPlace(String query, String message) {
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> parse(query))
                .withMessageStartingWith("q, column ")
                .withMessageContaining(message);
    }

    @Test
    void sizesHaveLimits() {
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> parse("(".repeat(1000) + "class==cpu" + ")".repeat(900)))
                .withMessageContaining("column 31: parentheses are more than 30 deep");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> parse("class==" + "a".repeat(2000)))
                .withMessageContaining("q of 2007 characters, at most 2000");
        assertThatExceptionOfType(Refusal.class)
                .isThrownBy(() -> parse("node==a" + ",node==a".repeat(100)))
                .withMessageContaining("more than 100 comparisons");
    }

    @Test
    void nothingAskedMeansEverything() {
        assertThat(TargetQuery.parse(null, _ -> Optional.empty())).isSameAs(TargetQuery.all());
        assertThat(parse(" ").test(BOARD)).isTrue();
    }

    /** Queries made of a tree, which is asked for the answer by itself. */
    @Test
    void queriesMeanWhatTheirTreeMeans() {
        SeededCases.forEach(1, 2000, (random, _) -> {
            Tree tree = tree(random, 4);
            Facts facts = new Facts(
                    Map.of(Field.CLASS, List.of("c" + random.nextInt(3)), Field.NODE, List.of("n" + random.nextInt(3))),
                    Map.of());
            assertThat(parse(tree.text()).test(facts))
                    .as("%s of %s", tree.text(), facts)
                    .isEqualTo(tree.holds()
                            .test(
                                    facts.of(Field.CLASS).getFirst(),
                                    facts.of(Field.NODE).getFirst()));
        });
    }

    private record Tree(String text, BiPredicate<String, String> holds) {}

    private static Tree tree(RandomGenerator random, int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            boolean ofClass = random.nextBoolean();
            boolean equal = random.nextBoolean();
            String value = (ofClass ? "c" : "n") + random.nextInt(3);
            return new Tree(
                    (ofClass ? "class" : "node") + (equal ? "==" : "!=") + value,
                    (c, n) -> (ofClass ? c : n).equals(value) == equal);
        }
        Tree left = tree(random, depth - 1);
        Tree right = tree(random, depth - 1);
        boolean and = random.nextBoolean();
        return new Tree(
                "(%s)%s(%s)".formatted(left.text(), and ? ";" : ",", right.text()),
                and ? left.holds().and(right.holds()) : left.holds().or(right.holds()));
    }
}
