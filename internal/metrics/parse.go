package metrics

import (
	"fmt"
	"io"
	"sort"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Family is one metric as /metrics has it.
type Family struct {
	Name, Help string
	Samples    []Sample
}

// Sample is one series of a metric.
type Sample struct {
	Labels map[string]string
	Value  float64 // of a histogram: how many were observed

	// Of a histogram: all observations together, and up to which value how many.
	Sum     float64
	Buckets []Bucket
}

// Bucket is how many observations were at most UpTo.
type Bucket struct {
	UpTo  float64
	Count float64
}

// Quantile is the bound of the bucket that holds the q-th part of the
// observations: that part was at most so much. false: there were none, or it is
// above the last bound.
func (s Sample) Quantile(q float64) (upTo float64, ok bool) {
	for _, b := range s.Buckets {
		if s.Value > 0 && b.Count >= q*s.Value {
			return b.UpTo, true
		}
	}
	return 0, false
}

// Parse reads what Handler answers, by name.
func Parse(r io.Reader) ([]Family, error) {
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(r)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	out := make([]Family, 0, len(families))
	for name, f := range families {
		family := Family{Name: name, Help: f.GetHelp()}
		for _, m := range f.GetMetric() {
			family.Samples = append(family.Samples, sample(m))
		}
		out = append(out, family)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out, nil
}

func sample(m *dto.Metric) Sample {
	s := Sample{Labels: map[string]string{}}
	for _, pair := range m.GetLabel() {
		s.Labels[pair.GetName()] = pair.GetValue()
	}
	switch h := m.GetHistogram(); {
	case h != nil:
		s.Value, s.Sum = float64(h.GetSampleCount()), h.GetSampleSum()
		for _, b := range h.GetBucket() {
			s.Buckets = append(s.Buckets, Bucket{b.GetUpperBound(), float64(b.GetCumulativeCount())})
		}
	case m.GetCounter() != nil:
		s.Value = m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		s.Value = m.GetGauge().GetValue()
	default:
		s.Value = m.GetUntyped().GetValue()
	}
	return s
}
