package io.fleetwright.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFileTest {
    private static final byte[] TEXT = "new".getBytes(StandardCharsets.UTF_8);

    @TempDir
    private Path folder = Path.of("");

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void aNewFileHasTheModeOfAnyNewFile() throws Exception {
        Path any = Files.createFile(folder.resolve("any"));
        Path file = folder.resolve("file");
        OutputFile.write(file, TEXT);
        assertThat(file).hasBinaryContent(TEXT);
        assertThat(mode(file)).isEqualTo(mode(any));
        assertNothingIsLeft(2);
    }

    @Test
    void aFileThatWasThereKeepsItsMode() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "before, and longer");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));
        OutputFile.write(file, TEXT);
        assertThat(file).hasBinaryContent(TEXT);
        assertThat(mode(file)).isEqualTo("rw-rw-r--");
        assertNothingIsLeft(1);
    }

    @Test
    void aLinkStaysOneAndWhatItNamesIsWritten() throws Exception {
        Path target = Files.writeString(folder.resolve("target"), "before");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        OutputFile.write(link, TEXT);
        assertThat(link).isSymbolicLink();
        assertThat(target).hasBinaryContent(TEXT);
    }

    @Test
    void whatIsNoFileIsWrittenToAndStays() throws Exception {
        Path nothing = Path.of("/dev/null");
        OutputFile.write(nothing, TEXT);
        assertThat(Files.isRegularFile(nothing)).isFalse();
        Path link = Files.createSymbolicLink(folder.resolve("link"), nothing);
        OutputFile.write(link, TEXT);
        assertThat(link).isSymbolicLink();
        assertNothingIsLeft(1);
    }

    @Test
    void aFolderAndAMissingOneAreNamed() throws Exception {
        Path inside = Files.createDirectory(folder.resolve("inside"));
        Files.createFile(inside.resolve("file"));
        assertThatThrownBy(() -> OutputFile.write(inside, TEXT))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("inside cannot be written");
        assertThatThrownBy(() -> OutputFile.write(folder.resolve("none/file"), TEXT))
                .hasMessageContaining("there is no such folder");
        assertNothingIsLeft(1);
    }

    private void assertNothingIsLeft(int files) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            assertThat(all).hasSize(files);
        }
    }
}
