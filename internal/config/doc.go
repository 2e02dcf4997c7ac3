// Package config reads what rtmauth is told: the environment and .env, for every
// command ([Env]), and the YAML file of `rtmauth serve` ([Config]). Both are
// read strictly: what is not understood is refused, all of it at once with its
// place, and no error holds a secret. Nothing here has a side effect.
package config
