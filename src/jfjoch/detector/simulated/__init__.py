"""A detector in software: true gains and pedestals, noise, photons."""
