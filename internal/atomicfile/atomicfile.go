// Package atomicfile replaces files as a whole: whoever reads one sees what it
// held before or what it holds now, also after the machine went down.
package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Write makes path hold data, with mode 0600. It is written beside its place and
// moved there once it is on disk. With an error the old file is as it was, and
// nothing is left beside it.
func Write(path string, data []byte) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // with mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
