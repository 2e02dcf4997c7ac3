package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"
)

// A contender does one thing n times.
type contender struct {
	name string
	run  func(n int) error

	// remote contenders run elsewhere and measure themselves: nanoseconds each.
	remote func(time.Duration) (float64, error)

	parallel bool // on all cores; a time is then wall time each

	n      int
	times  []float64
	ns     float64
	allocs float64 // each; -1 where it is not known
	bytes  float64
}

// A row compares two contenders.
type row struct {
	what, other string
	a, b        *contender

	// floor says that b is the least that a can take, and the ratio is then
	// how often it takes that; else the ratio is how much faster a is.
	floor bool

	// target bounds the ratio: from below, or for a floor from above. 0 is none.
	target float64
}

// measure fills in the times of all contenders.
func measure(rows []row, rounds int, slice time.Duration, progress io.Writer) error {
	var all []*contender
	for _, r := range rows {
		for _, c := range []*contender{r.a, r.b} {
			if !slices.Contains(all, c) {
				all = append(all, c)
			}
		}
	}
	for _, c := range all {
		if err := c.calibrate(slice); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for round := range rounds {
		fmt.Fprintf(progress, "\rround %d of %d ", round+1, rounds)
		for _, c := range all {
			if err := c.round(slice); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	fmt.Fprint(progress, "\r                    \r")
	for _, c := range all {
		slices.Sort(c.times)
		c.ns = c.times[len(c.times)/2]
	}
	return nil
}

// calibrate finds how many times c runs in a slice, and what it allocates.
func (c *contender) calibrate(slice time.Duration) error {
	c.allocs, c.bytes = -1, -1
	if c.remote != nil {
		_, err := c.remote(2 * slice) // lets the other side's compiler warm up
		return err
	}
	for c.n = 64; ; c.n *= 2 {
		ns, err := c.timed()
		if err != nil {
			return err
		}
		if d := time.Duration(ns * float64(c.n)); d >= slice/4 {
			c.n = max(1, int(float64(c.n)*float64(slice)/float64(d)))
			break
		}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := c.timed(); err != nil {
		return err
	}
	runtime.ReadMemStats(&after)
	c.allocs = float64(after.Mallocs-before.Mallocs) / float64(c.n)
	c.bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(c.n)
	return nil
}

func (c *contender) round(slice time.Duration) error {
	var ns float64
	var err error
	if c.remote != nil {
		ns, err = c.remote(slice)
	} else {
		ns, err = c.timed()
	}
	c.times = append(c.times, ns)
	return err
}

// timed runs c.n times and gives nanoseconds each: on one core, or for a
// parallel contender on all of them.
func (c *contender) timed() (float64, error) {
	workers := 1
	if c.parallel {
		workers = runtime.NumCPU()
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	runtime.GC() // nobody pays for another's garbage
	errs := make([]error, workers)
	var wg sync.WaitGroup
	start := time.Now()
	for i := range workers {
		wg.Go(func() { errs[i] = c.run(c.n / workers) })
	}
	wg.Wait()
	took := time.Since(start)
	return float64(took) / float64(c.n/workers*workers), errors.Join(errs...)
}
