/** What the zoo makes: per data set the networks to train, their files, the record of the training, and figures. */
@NullMarked
package io.fleetwright.zoo.project;

import org.jspecify.annotations.NullMarked;
