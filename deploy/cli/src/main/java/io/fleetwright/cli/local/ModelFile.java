package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.InputFile;
import io.fleetwright.forge.pack.MalformedPackageException;
import io.fleetwright.forge.pack.PackageCodec;
import io.fleetwright.forge.tflite.TfliteExport;
import io.fleetwright.forge.tflite.TfliteWriter;
import io.fleetwright.runtime.ModelReader;
import io.fleetwright.runtime.graph.Graph;
import io.fleetwright.runtime.graph.ModelException;
import java.nio.file.Path;

/** Reads a model that the caller named; a package of packed weights becomes the int8 network that it stands for. */
final class ModelFile {
    private ModelFile() {}

    /** A model and what kind of file it came from. */
    record Loaded(Graph graph, ModelReader.Format format) {}

    static Graph read(Path file) throws CommandFailure {
        return load(file).graph();
    }

    static Loaded load(Path file) throws CommandFailure {
        byte[] bytes = InputFile.read(file);
        String name = String.valueOf(file.getFileName());
        try {
            if (PackageCodec.isPackage(bytes)) {
                bytes = TfliteWriter.write(TfliteExport.classifier(
                        PackageCodec.decode(bytes).model().int8()));
            }
            return new Loaded(ModelReader.read(bytes, name), ModelReader.format(bytes, name));
        } catch (ModelException | MalformedPackageException refused) {
            throw new CommandFailure(String.valueOf(refused.getMessage()), refused);
        }
    }
}
