package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.forge.evaluate.EvaluationSet;
import io.fleetwright.forge.network.ImageShape;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** A folder with one folder of images for each class, as most data sets of images come. */
final class ImageFolder {
    private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg", ".bmp", ".gif");

    private static final int COLOURS = 3;
    /** Of all images together. */
    private static final int BYTES_MAX = 1 << 30;

    private final List<String> classes;
    private final List<Path> images = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    /**
     * Finds images, classes and images in the order of their names.
     *
     * @throws CommandFailure if there are none
     */
    ImageFolder(Path folder) throws CommandFailure {
        List<Path> folders = entries(folder).stream().filter(Files::isDirectory).toList();
        classes = folders.stream().map(one -> String.valueOf(one.getFileName())).toList();
        for (int label = 0; label < folders.size(); label++) {
            for (Path file : entries(folders.get(label))) {
                if (ENDINGS.stream().anyMatch(file.toString().toLowerCase(Locale.ROOT)::endsWith)) {
                    images.add(file);
                    labels.add(label);
                }
            }
        }
        if (images.isEmpty()) {
            throw new CommandFailure(
                    "%s has no folder of images (%s) for each class".formatted(folder, String.join(" ", ENDINGS)));
        }
    }

    private static List<Path> entries(Path folder) throws CommandFailure {
        try (Stream<Path> found = Files.list(folder)) {
            return found.sorted().toList();
        } catch (IOException unreadable) {
            throw new CommandFailure("%s is no folder that can be read".formatted(folder), unreadable);
        }
    }

    /** The name of each class. */
    List<String> classes() {
        return classes;
    }

    /**
     * All images at one size, rows from the top, channels red, green, blue or grey alone.
     *
     * @param most images; when there are more, every so many are taken, so that each class keeps its share
     * @throws CommandFailure if one cannot be read, the network takes neither grey nor coloured ones, or they are too many for one set
     */
    EvaluationSet read(ImageShape shape, int most, float scale, float offset) throws CommandFailure {
        int count = Math.min(most, images.size());
        if (shape.channels() != 1 && shape.channels() != COLOURS) {
            throw new CommandFailure("images have 1 or 3 channels, the network takes %d".formatted(shape.channels()));
        }
        if ((long) count * shape.elements() > BYTES_MAX) {
            throw new CommandFailure("%d images of %d by %d are over %d bytes; fewer can be taken"
                    .formatted(count, shape.height(), shape.width(), BYTES_MAX));
        }
        var inputs = new byte[count * shape.elements()];
        var taken = new int[count];
        for (int n = 0; n < count; n++) {
            int at = (int) ((long) n * images.size() / count);
            taken[n] = labels.get(at);
            copy(images.get(at), shape, inputs, n * shape.elements());
        }
        return new EvaluationSet(
                List.of(shape.height(), shape.width(), shape.channels()), classes.size(), inputs, scale, offset, taken);
    }

    private static void copy(Path file, ImageShape shape, byte[] out, int from) throws CommandFailure {
        BufferedImage image;
        try {
            image = ImageIO.read(file.toFile());
        } catch (IOException unreadable) {
            throw new CommandFailure("%s cannot be read: %s".formatted(file, unreadable.getMessage()), unreadable);
        }
        if (image == null) {
            throw new CommandFailure("%s is no image".formatted(file));
        }
        var sized = new BufferedImage(shape.width(), shape.height(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = sized.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, 0, 0, shape.width(), shape.height(), null);
        graphics.dispose();
        int at = from;
        for (int y = 0; y < shape.height(); y++) {
            for (int x = 0; x < shape.width(); x++) {
                int color = sized.getRGB(x, y);
                int red = color >> 16 & 0xFF;
                int green = color >> 8 & 0xFF;
                int blue = color & 0xFF;
                if (shape.channels() == 1) {
                    // Luma of ITU-R BT.601, as image libraries turn colours into grey.
                    out[at++] = (byte) Math.round(0.299f * red + 0.587f * green + 0.114f * blue);
                } else {
                    out[at++] = (byte) red;
                    out[at++] = (byte) green;
                    out[at++] = (byte) blue;
                }
            }
        }
    }
}
