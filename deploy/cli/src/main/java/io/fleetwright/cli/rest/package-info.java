/**
 * The REST client: nodes, models, rollouts, jobs, tokens.
 * One class per noun, one method per verb.
 */
@NullMarked
package io.fleetwright.cli.rest;

import org.jspecify.annotations.NullMarked;
