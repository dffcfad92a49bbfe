/** The console as a person sees it: Chromium, a real controller, real agents. */
@NullMarked
package io.fleetwright.tests.browser;

import org.jspecify.annotations.NullMarked;
