package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import io.fleetwright.runtime.ModelReader;
import java.nio.file.Path;

/** Reads a model that the caller named. */
final class ModelFile {
    private ModelFile() {}

    static Graph read(Path file) throws CommandFailure {
        byte[] bytes = InputFile.read(file);
        try {
            return ModelReader.read(bytes, String.valueOf(file.getFileName()));
        } catch (ModelException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }
}
