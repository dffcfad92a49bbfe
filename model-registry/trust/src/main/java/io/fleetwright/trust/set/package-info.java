/**
 * The signing set: who may sign what (root), what was released (targets), which versions belong together (snapshot), how
 * fresh they are (timestamp), and the verifier that lets a node's order name only what is in them.
 */
@NullMarked
package io.fleetwright.trust.set;

import org.jspecify.annotations.NullMarked;
