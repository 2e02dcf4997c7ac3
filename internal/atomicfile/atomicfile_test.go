package atomicfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rtmauth/rtmauth/internal/atomicfile"
)

// files are the names in a folder, hidden ones too.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kept.json")
	if err := os.WriteFile(path+".tmp", []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first, and longer", "second", ""} {
		if err := atomicfile.Write(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != text {
			t.Errorf("got %q, %v; want %q", b, err, text)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got mode %v, %v", info.Mode(), err)
		}
	}
	if got := files(t, dir); len(got) != 2 {
		t.Errorf("the folder has %v", got)
	}
	if b, err := os.ReadFile(path + ".tmp"); err != nil || string(b) != "not ours" {
		t.Errorf("a file beside it holds %q, %v", b, err)
	}
}

// TestWrite_whole reads while the file is replaced.
func TestWrite_whole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept")
	texts := [][]byte{bytes.Repeat([]byte("a"), 64<<10), bytes.Repeat([]byte("b"), 64<<10)}
	if err := atomicfile.Write(path, texts[0]); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		for i := range 20 {
			if err := atomicfile.Write(path, texts[i%2]); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	for {
		b, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(b, texts[0]) && !bytes.Equal(b, texts[1]) {
			t.Fatalf("a reader sees %d bytes of neither text, %v", len(b), err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			return
		default:
		}
	}
}

func TestWrite_fails(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{folder, filepath.Join(dir, "missing", "kept")} {
		if err := atomicfile.Write(path, []byte("x")); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	if got := files(t, dir); len(got) != 1 || got[0] != "folder" {
		t.Errorf("left behind: %v", got)
	}
}
