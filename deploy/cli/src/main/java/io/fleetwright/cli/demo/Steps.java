package io.fleetwright.cli.demo;

import java.io.Console;
import java.io.PrintWriter;
import java.util.Optional;

/** Short lines with the time since the start; colours only on a terminal. */
final class Steps {
    private static final String DIM = "\u001b[2m";
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    private final long began = System.nanoTime();
    private final PrintWriter out;
    private final boolean colours;

    Steps(PrintWriter out, boolean colours) {
        this.out = out;
        this.colours = colours;
    }

    /** True when people are watching and want colours. */
    static boolean isTerminal() {
        boolean watched =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        return watched && System.getenv("NO_COLOR") == null;
    }

    synchronized void step(String text) {
        out.printf("%s %s%n", style(DIM, "[%5.1f s]".formatted((System.nanoTime() - began) / 1e9)), text);
        out.flush();
    }

    synchronized void heading(String text) {
        out.println();
        out.println(style(BOLD, text));
        out.flush();
    }

    synchronized void line(String text) {
        out.println(text);
        out.flush();
    }

    PrintWriter out() {
        return out;
    }

    private String style(String code, String text) {
        return colours ? code + text + PLAIN : text;
    }
}
