package io.fleetwright.controller.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a file says that asks for a fresh setup token. */
final class AdminResetTest {
    @TempDir
    private Path folder;

    private Path file(byte[] content) throws IOException {
        return Files.write(folder.resolve("reset-admin"), content);
    }

    @Test
    void anEmptyFileMeansTheFirstTenantAndANameThatOne() throws Exception {
        assertThat(AdminReset.tenant(file(new byte[0]))).contains(Controller.DEFAULT_TENANT);
        assertThat(AdminReset.tenant(file(" \r\n".getBytes(StandardCharsets.US_ASCII))))
                .contains(Controller.DEFAULT_TENANT);
        assertThat(AdminReset.tenant(file("acme\r\n".getBytes(StandardCharsets.US_ASCII))))
                .contains("acme");
    }

    @Test
    void whatIsNoNameIsAnAnswerAndNoFailureThatWouldComeBackWithEachLook() throws Exception {
        assertThat(AdminReset.tenant(file("acme".getBytes(StandardCharsets.UTF_16))))
                .isEmpty();
        assertThat(AdminReset.tenant(file(new byte[] {(byte) 0xff}))).isEmpty();
        assertThat(AdminReset.tenant(file("two words".getBytes(StandardCharsets.US_ASCII))))
                .isEmpty();
        assertThat(AdminReset.tenant(file(new byte[5000]))).isEmpty();
    }
}
