// The numbers of system.wit, by Go's own compiler. Texts would need an allocator that works before Go's runtime has begun.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

func main() {}

//go:wasmexport now
func now() float64 { return float64(time.Now().UnixMilli()) }

//go:wasmexport dice
func dice() uint32 {
	var bytes [4]byte
	rand.Read(bytes[:])
	return binary.LittleEndian.Uint32(bytes[:])
}

//go:wasmexport nap
func nap(ms uint32) uint32 {
	begun := time.Now()
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return uint32(time.Since(begun).Milliseconds())
}
