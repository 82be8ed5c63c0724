// mapped_table.hpp - tables whose blocks are copied from mapped memory: a system call and the kernel's search for the page less a block.
//
// What RocksDB gets is a copy, as of a read, and is checked as ever. A page that the disk cannot give is a signal (SIGBUS) where memory is mapped;
// only the copying itself may meet it, which gives up then and reads the file as usual, whose error is the answer.
#pragma once

#include <rocksdb/file_system.h>

#include <cstddef>
#include <memory>
#include <string>

namespace tollgate {

// `plain`: the same file as RocksDB opened it; reads of more than some pages go to it, such as those of merges. What cannot be mapped stays plain.
std::unique_ptr<rocksdb::FSRandomAccessFile> map_table(const std::string& path, std::unique_ptr<rocksdb::FSRandomAccessFile> plain);

// memcpy from mapped memory, once watch_bus_errors() was called. False: some page of it is not to be had, and `to` holds anything.
[[nodiscard]] bool copy_mapped(char* to, const char* from, std::size_t count) noexcept;

// The handler of SIGBUS, also where another has been set meanwhile; a signal that no copy met goes on to that one. map_table() calls it.
void watch_bus_errors();

}  // namespace tollgate
