# Compiler and linker flags common to everything built here.
include(GNUInstallDirs)

set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

# Libraries find each other beside themselves, wherever the folder is moved.
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
if(APPLE)
  set(CMAKE_INSTALL_RPATH "@loader_path")
else()
  set(CMAKE_INSTALL_RPATH "$ORIGIN")
  # nodelete: engine threads may be inside the code when a client calls dlclose.
  set(VJOB_LINK_OPTIONS
    -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack -Wl,--enable-new-dtags
    -Wl,-Bsymbolic-functions)
endif()

add_compile_options(-Wall -Wextra -Wpedantic -Werror=implicit)
# Calls from one function to another of the same library stay in it, whoever else has one of that name.
include(CheckCCompilerFlag)
check_c_compiler_flag(-fno-semantic-interposition VJOB_HAVE_NO_INTERPOSITION)
if(VJOB_HAVE_NO_INTERPOSITION)
  add_compile_options(-fno-semantic-interposition)
endif()
# What a C++ callback throws on a thread of the client's own passes through here: cleanups run.
add_compile_options(-fexceptions)
# As options, not in CMAKE_C_FLAGS: there a path with a space would be split.
add_compile_options(
  "-ffile-prefix-map=${CMAKE_CURRENT_SOURCE_DIR}=csrc"
  "-ffile-prefix-map=${CMAKE_BINARY_DIR}=build")
if(NOT CMAKE_BUILD_TYPE)
  add_compile_options(-O2 -g1)
endif()

if(VJOB_DEV)
  add_compile_options(-Werror)
  add_compile_definitions(VJOB_DEBUG=1)
endif()

if(VJOB_SANITIZE)
  add_compile_options(
    -fsanitize=${VJOB_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${VJOB_SANITIZE})
  # Less is known of values between the checks: what the plain build sees as fine would be a warning here.
  if(CMAKE_C_COMPILER_ID STREQUAL GNU)
    add_compile_options(-Wno-format-truncation -Wno-maybe-uninitialized -Wno-stringop-truncation)
  endif()
  # gcc's thread sanitizer does not see fences; where one stands, an atomic access beside it is what counts.
  if(VJOB_SANITIZE MATCHES thread AND CMAKE_C_COMPILER_ID STREQUAL GNU)
    add_compile_options(-Wno-tsan)
  endif()
elseif(NOT APPLE)
  list(APPEND VJOB_LINK_OPTIONS -Wl,-z,defs)
endif()
if(VJOB_SANITIZE OR NOT VJOB_SLABS)
  add_compile_definitions(VJOB_NO_SLABS=1)
endif()
if(VJOB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
