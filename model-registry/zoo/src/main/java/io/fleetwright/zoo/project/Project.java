package io.fleetwright.zoo.project;

import io.fleetwright.forge.network.ImageShape;
import io.fleetwright.zoo.chirps.ChirpDataSet;
import io.fleetwright.zoo.data.ProceduralDataSet;
import io.fleetwright.zoo.files.ModelFiles;
import io.fleetwright.zoo.files.ModelFiles.Kept;
import io.fleetwright.zoo.glyphs.GlyphDataSet;
import io.fleetwright.zoo.glyphs.GlyphNetwork;
import io.fleetwright.zoo.pose.PoseDataSet;
import io.fleetwright.zoo.train.NetworkFamily;
import io.fleetwright.zoo.train.NetworkFamily.Member;
import io.fleetwright.zoo.train.NetworkPlan;
import io.fleetwright.zoo.train.NetworkPlan.Block;
import io.fleetwright.zoo.wildfire.WildfireDataSet;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * A data set, the networks the zoo trains on it, and what it keeps of them.
 *
 * @param families each trained by itself
 */
public record Project(ProceduralDataSet data, List<NetworkFamily> families, Kept kept) {
    /** All that the product comes with. */
    public static final List<Project> ALL = List.of(
            new Project(
                    new GlyphDataSet(),
                    Arrays.stream(GlyphNetwork.values())
                            .map(network -> NetworkFamily.alone(network.width(), network.plan()))
                            .toList(),
                    Kept.FLOAT_AND_INT8),
            ofQuarters(new WildfireDataSet()),
            ofQuarters(new ChirpDataSet()),
            ofQuarters(new PoseDataSet()));

    public Project {
        families = List.copyOf(families);
    }

    private static Project ofQuarters(ProceduralDataSet data) {
        NetworkPlan plan = plan(data.shape(), data.classes().size());
        return new Project(data, List.of(NetworkFamily.quarters(plan)), Kept.FLOAT);
    }

    /** Convolution, then four depthwise-pointwise pairs; each side is halved three times. */
    private static NetworkPlan plan(ImageShape input, int classes) {
        return new NetworkPlan(
                input,
                List.of(
                        new Block.Square(3, 2, 32),
                        new Block.Depthwise(3, 1),
                        new Block.Pointwise(32),
                        new Block.Depthwise(3, 2),
                        new Block.Pointwise(64),
                        new Block.Depthwise(3, 1),
                        new Block.Pointwise(64),
                        new Block.Depthwise(3, 2),
                        new Block.Pointwise(96)),
                classes);
    }

    /** The project on the data set of this name. */
    public static Optional<Project> named(String name) {
        return ALL.stream().filter(project -> project.name().equals(name)).findFirst();
    }

    public String name() {
        return data.name();
    }

    /** All widths, in the order of their families. */
    public List<String> widths() {
        return families.stream()
                .flatMap(family -> family.members().stream())
                .map(Member::width)
                .toList();
    }

    /** Where its networks are in the product. */
    public ModelFiles files() {
        return new ModelFiles(name(), widths(), kept);
    }
}
