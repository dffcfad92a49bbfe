package io.fleetwright.agent.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class EnrolmentTokenTest {
    private static final String SECRET = "s3cret_s3cret_s3cret-s3cret";

    @Test
    void theTokenCarriesThePinOfTheOnlyAuthority() {
        byte[] pin = new byte[32];
        pin[5] = 7;
        String text = "fwe1." + Base64.getUrlEncoder().withoutPadding().encodeToString(pin) + "." + SECRET;
        EnrolmentToken token = EnrolmentToken.parse(" " + text + "\n");
        assertThat(token.pins(pin)).isTrue();
        assertThat(token.pins(new byte[32])).isFalse();
        assertThat(token.text()).isEqualTo(text);
        assertThat(token.toString()).doesNotContain(SECRET);
    }

    @Test
    void anythingElseIsRefusedWithoutRepeatingIt() {
        for (String text : new String[] {
            "",
            "fwe1",
            "fwe2." + "A".repeat(43) + "." + SECRET,
            "fwe1.AAAA." + SECRET,
            "fwe1." + "A".repeat(43) + ".",
            "fwe1." + "A".repeat(43) + "." + SECRET + "."
        }) {
            assertThatThrownBy(() -> EnrolmentToken.parse(text))
                    .as(text)
                    .isInstanceOf(IllegalArgumentException.class)
                    .message()
                    .doesNotContain(SECRET);
        }
    }
}
