/** What needs an operator's eyes now, read off the rows that there are; nothing of it is stored. */
@NullMarked
package io.fleetwright.controller.alert;

import org.jspecify.annotations.NullMarked;
