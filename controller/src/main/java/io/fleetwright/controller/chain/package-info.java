/** Transforms around the network of a stream and of a single job: what is asked, whether it fits, who runs it and what it takes. */
@NullMarked
package io.fleetwright.controller.chain;

import org.jspecify.annotations.NullMarked;
