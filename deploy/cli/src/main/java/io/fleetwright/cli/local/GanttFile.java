package io.fleetwright.cli.local;

import io.fleetwright.cli.CommandFailure;
import io.fleetwright.cli.OutputFile;
import io.fleetwright.scheduler.format.GanttJson;
import io.fleetwright.scheduler.gantt.ChartLimitException;
import io.fleetwright.scheduler.gantt.Gantt;
import io.fleetwright.scheduler.gantt.GanttSvg;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Where a chart goes; the file's ending says in which form. */
record GanttFile(Path path, Function<Gantt, byte[]> form) {
    /** Makes one of the text on the command line. */
    static final class Converter implements ITypeConverter<GanttFile> {
        @Override
        public GanttFile convert(String text) {
            if (text.endsWith(".svg")) {
                return new GanttFile(Path.of(text), GanttSvg::of);
            }
            if (text.endsWith(".json")) {
                return new GanttFile(Path.of(text), GanttJson::of);
            }
            throw new TypeConversionException("'%s' must end in .svg or .json".formatted(text));
        }
    }

    void write(Supplier<Gantt> chart) throws CommandFailure {
        try {
            OutputFile.write(path, form.apply(chart.get()));
        } catch (ChartLimitException tooLarge) {
            throw new CommandFailure("%s: %s".formatted(path, tooLarge.getMessage()), tooLarge);
        }
    }
}
