// Archive makes a tree, walks it, writes it to a .tar.gz file, reads that back into a second tree, and compares the two.
// Nothing it prints depends on the host. `archive [DIR]`: DIR is /tmp by default; the work is done in DIR/archive.
//
// Build: GOOS=wasip1 GOARCH=wasm go build -o archive.wasm .
package main

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The time of every file in the tree, so that it can be checked in the archive and after unpacking.
var moment = time.Date(2001, time.September, 9, 1, 46, 40, 0, time.UTC)

func main() {
	base := "/tmp"
	if len(os.Args) > 1 {
		base = os.Args[1]
	}
	root := filepath.Join(base, "archive")
	if err := run(root); err != nil {
		fmt.Println("FAILED:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	inn, copied, file := filepath.Join(root, "inn"), filepath.Join(root, "copy"), filepath.Join(root, "inn.tar.gz")
	if err := os.Mkdir(root, 0o777); err != nil {
		return err
	}
	if err := build(inn); err != nil {
		return err
	}
	before, err := digest(inn)
	if err != nil {
		return err
	}
	fmt.Println("built   ", before)
	if err := pack(inn, file); err != nil {
		return err
	}
	if err := unpack(file, copied); err != nil {
		return err
	}
	after, err := digest(copied)
	if err != nil {
		return err
	}
	fmt.Println("unpacked", after)
	if before != after {
		return errors.New("the two trees differ")
	}
	if err := mistakes(inn); err != nil {
		return err
	}
	if err := os.RemoveAll(root); err != nil {
		return err
	}
	if _, err := os.Lstat(root); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("after removing everything: %v", err)
	}
	fmt.Println("removed  everything")
	return nil
}

func build(inn string) error {
	for floor := 1; floor <= 8; floor++ {
		for room := 1; room <= 12; room++ {
			dir := filepath.Join(inn, fmt.Sprintf("floor-%d", floor), fmt.Sprintf("room-%d%02d", floor, room))
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			text := strings.Repeat(fmt.Sprintf("floor %d, room %d\n", floor, room), floor*room*room)
			name := filepath.Join(dir, "ledger.txt")
			if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
				return err
			}
			if err := os.Chtimes(name, moment, moment); err != nil {
				return err
			}
		}
	}
	if err := os.Symlink("floor-8/room-812", filepath.Join(inn, "suite")); err != nil {
		return err
	}
	return os.Rename(filepath.Join(inn, "floor-1"), filepath.Join(inn, "ground"))
}

// Digest sums up the tree in one line: how many of each kind, and a hash over every path, target, time and contents.
func digest(root string) (string, error) {
	var dirs, files, links int
	hash := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		fmt.Fprintln(hash, relative, entry.Type())
		switch entry.Type() {
		case fs.ModeDir:
			dirs++
			return nil
		case fs.ModeSymlink:
			links++
			target, err := os.Readlink(path)
			fmt.Fprintln(hash, target)
			return err
		}
		files++
		info, err := entry.Info()
		if err != nil {
			return err
		}
		fmt.Fprintln(hash, info.Size(), info.ModTime().Unix())
		contents, err := os.Open(path)
		if err != nil {
			return err
		}
		defer contents.Close()
		_, err = io.Copy(hash, contents)
		return err
	})
	return fmt.Sprintf("%d directories, %d files, %d symlink, sha256 %x", dirs, files, links, hash.Sum(nil)[:8]), err
}

func pack(root, file string) (err error) {
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	zip := gzip.NewWriter(out)
	archive := tar.NewWriter(zip)
	if err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return add(archive, root, path, entry)
	}); err != nil {
		return err
	}
	return errors.Join(archive.Close(), zip.Close(), out.Sync())
}

func add(archive *tar.Writer, root, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if entry.Type() == fs.ModeSymlink {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if header.Name, err = filepath.Rel(root, path); err != nil {
		return err
	}
	if err := archive.WriteHeader(header); err != nil || !entry.Type().IsRegular() {
		return err
	}
	contents, err := os.Open(path)
	if err != nil {
		return err
	}
	defer contents.Close()
	_, err = io.Copy(archive, contents)
	return err
}

func unpack(file, root string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	archive := tar.NewReader(zip)
	count := 0
	for {
		header, err := archive.Next()
		if err == io.EOF {
			fmt.Println("archived", count, "members")
			return nil
		}
		if err != nil {
			return err
		}
		count++
		if err := extract(archive, header, filepath.Join(root, header.Name)); err != nil {
			return err
		}
	}
}

func extract(archive *tar.Reader, header *tar.Header, path string) error {
	switch header.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(path, 0o777)
	case tar.TypeSymlink:
		return os.Symlink(header.Linkname, path)
	case tar.TypeReg:
		out, err := os.Create(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, archive)
		return errors.Join(err, out.Close(), os.Chtimes(path, header.ModTime, header.ModTime))
	}
	return fmt.Errorf("%s is of type %c", header.Name, header.Typeflag)
}

// Mistakes checks that wrong calls are answered with the errors that programs look for.
func mistakes(inn string) error {
	_, missing := os.Open(filepath.Join(inn, "missing"))
	exists := os.Mkdir(filepath.Join(inn, "ground"), 0o777)
	full := os.Remove(filepath.Join(inn, "ground"))
	through := os.Remove(filepath.Join(inn, "suite", "ledger.txt", "x"))
	if !errors.Is(missing, fs.ErrNotExist) || !errors.Is(exists, fs.ErrExist) || full == nil || through == nil {
		return fmt.Errorf("wrong answers: %v, %v, %v, %v", missing, exists, full, through)
	}
	fmt.Println("mistakes answered rightly")
	return nil
}
