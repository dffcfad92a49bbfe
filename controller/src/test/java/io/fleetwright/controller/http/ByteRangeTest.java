package io.fleetwright.controller.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fleetwright.controller.core.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110, section 14.1.2, for a single range. */
final class ByteRangeTest {
    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 0",
        "bytes=3-9, 3, 9",
        "bytes=3-, 3, 9",
        "bytes=3-500, 3, 9",
        "bytes=-1, 9, 9",
        "bytes=-10, 0, 9",
        "bytes=-500, 0, 9"
    })
    void asksForBytesOfTen(String header, long first, long last) {
        assertThat(ByteRange.of(header, 10)).isEqualTo(new ByteRange(first, last));
    }

    @Test
    void asksForAllWithoutAHeader() {
        assertThat(ByteRange.of(null, 10).contentRange(10)).isEqualTo("bytes 0-9/10");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"bytes=10-", "bytes=10-12", "bytes=5-4", "bytes=-0", "bytes=-", "bytes=1-2,4-5", "items=0-1", ""
            })
    void isRefused(String header) {
        assertThatThrownBy(() -> ByteRange.of(header, 10)).isInstanceOf(Refusal.class);
    }
}
