/** Where frames come from on the board: folders, made-up pictures, what other nodes send. */
@NullMarked
package io.fleetwright.agent.sensor;

import org.jspecify.annotations.NullMarked;
