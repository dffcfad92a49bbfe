package io.fleetwright.controller.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DropLogTest {
    private static final long WINDOW_MILLIS = DropLog.WINDOW.toMillis();
    private final DropLog log = new DropLog();

    @Test
    void theFirstOfANodeAndKindGetsALineAndItsRepeatsNone() {
        assertThat(log.dropped("fw/v1/t/a/up/birth", 7, "not JSON", 1000))
                .contains("message.dropped node=t/a kind=up/birth bytes=7 repeats=0 reason=not JSON");
        for (int i = 0; i < 50; i++) {
            assertThat(log.dropped("fw/v1/t/a/up/birth", i, "another reason " + i, 1000 + i))
                    .isEmpty();
        }
        assertThat(log.dropped("fw/v1/t/a/up/result", 7, "x", 1000)).isPresent();
        assertThat(log.dropped("fw/v1/t/b/up/birth", 7, "x", 1000)).isPresent();
    }

    @Test
    void theNextWindowsLineSaysHowManyWentWithoutOne() {
        for (int i = 0; i < 12; i++) {
            var _ = log.dropped("fw/v1/t/a/up/birth", 7, "x", i);
        }
        assertThat(log.dropped("fw/v1/t/a/up/birth", 7, "x", WINDOW_MILLIS - 1)).isEmpty();
        assertThat(log.dropped("fw/v1/t/a/up/birth", 7, "x", WINDOW_MILLIS))
                .contains("message.dropped node=t/a kind=up/birth bytes=7 repeats=12 reason=x");
        assertThat(log.dropped("fw/v1/t/a/up/birth", 7, "x", 2 * WINDOW_MILLIS))
                .contains("message.dropped node=t/a kind=up/birth bytes=7 repeats=0 reason=x");
    }

    @Test
    void madeUpKindsOfANodeCountAsOne() {
        assertThat(log.dropped("fw/v1/t/a/up/x1", 1, "x", 0))
                .hasValueSatisfying(line -> assertThat(line).contains("node=t/a kind=unknown"));
        for (String topic : new String[] {"fw/v1/t/a/up/x2", "fw/v1/t/a/up/birth/deeper", "fw/v1/t/a/up/"}) {
            assertThat(log.dropped(topic, 1, "x", 0)).as(topic).isEmpty();
        }
        assertThat(log.dropped("other", 1, "x", 0))
                .hasValueSatisfying(line -> assertThat(line).contains("node=unknown kind=unknown"));
        assertThat(log.dropped("fw/v1/NOT AN ID/a/up/birth", 1, "x", 0)).isEmpty();
        assertThat(log.dropped("", 1, "x", 0)).isEmpty();
    }

    @Test
    void manyNodesGetABoundedNumberOfLinesInAWindow() {
        int lines = 0;
        for (int i = 0; i < 3 * DropLog.LINES_MAX; i++) {
            lines += log.dropped("fw/v1/t/n%d/up/birth".formatted(i), 1, "x", 0).isPresent() ? 1 : 0;
        }
        assertThat(lines).isEqualTo(DropLog.LINES_MAX + 1);
        assertThat(log.dropped("fw/v1/t/n5000/up/birth", 1, "x", WINDOW_MILLIS)).isPresent();
    }

    @Test
    void whatTheSenderWroteCannotMakeALineOfItsOwn() {
        assertThat(log.dropped("fw/v1/t/a/up/birth", 1, "a\r\nb\u001b[2Jc\u2028d", 0))
                .hasValueSatisfying(line -> assertThat(line).endsWith("reason=a??b?[2Jc?d"));
    }
}
