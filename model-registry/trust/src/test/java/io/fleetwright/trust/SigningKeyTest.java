package io.fleetwright.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.Provider;
import java.security.Security;
import org.junit.jupiter.api.Test;

final class SigningKeyTest {
    private static final byte[] PAYLOAD = {4, 5, 6};

    @Test
    void signsTheSameBytesByWhateverProviderComputesThem() {
        SigningKey key = SigningKey.generate();
        Provider provider = Security.getProvider("SunEC");
        SigningKey same = key.by(provider);
        assertThat(same.sign(PAYLOAD)).isEqualTo(key.sign(PAYLOAD));
        assertThat(same.keyId()).isEqualTo(key.keyId());
        assertThat(same.pkcs8()).isEqualTo(key.pkcs8());
    }

    @Test
    void takesNoProviderThatCannotSign() {
        SigningKey key = SigningKey.generate();
        assertThatThrownBy(() -> key.by(Security.getProvider("SUN")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SUN");
    }
}
