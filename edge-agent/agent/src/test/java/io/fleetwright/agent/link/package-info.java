@NullMarked
package io.fleetwright.agent.link;

import org.jspecify.annotations.NullMarked;
