package io.fleetwright.scheduler.gantt;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Charts that several tests share. */
public final class TestCharts {
    /** What a careless writer of XML or JSON stumbles over. */
    private static final List<String> PIECES =
            List.of("<a&\"b>", "]]>", "'", "\\", "\n", "\t", "é", "漢", "🛰", "{}", "%s", "&amp;", "x", "-", " ");

    private static final List<Gantt.Unit> UNITS = List.of(Gantt.Unit.values());

    private TestCharts() {}

    /** Any number of rows and bars, hostile names, times of any size. */
    public static Gantt random(SplittableRandom random) {
        List<String> rows = new ArrayList<>();
        int rowCount = random.nextInt(1, 60);
        for (int row = 0; row < rowCount; row++) {
            rows.add(name(random));
        }
        double scale = Math.pow(10, random.nextInt(-6, 13));
        double offset = random.nextBoolean() ? 0 : random.nextDouble() * scale;
        List<Bar> bars = new ArrayList<>();
        int barCount = random.nextInt(80);
        for (int bar = 0; bar < barCount; bar++) {
            double start = offset + random.nextDouble() * scale;
            double finish = start + random.nextInt(4) * random.nextDouble() * scale / 10;
            int job = random.nextInt(30);
            bars.add(new Bar(random.nextInt(rowCount), name(random), job, job, start, finish, random.nextInt(5) > 0));
        }
        Gantt.Unit unit = UNITS.get(random.nextInt(UNITS.size()));
        return new Gantt(name(random), unit, rows, bars);
    }

    private static String name(SplittableRandom random) {
        StringBuilder name = new StringBuilder();
        int pieces = random.nextInt(12);
        for (int i = 0; i < pieces; i++) {
            name.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return name.toString();
    }
}
