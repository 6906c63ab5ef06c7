# C tests: tests/c/test_*.c are cmocka programs; tests/stress/stress_*.c and tests/fuzz/fuzz_*.c print
# their seed and go on for PYVJOB_TEST_SECONDS (an environment variable; default 2). All end with 0
# when all is well. They link the static twins, so internals are within reach. test_prl_x.c
# also gets the prl facade, stress_all gets all of them and the other files beside it; every other .c file in tests/c is compiled once and linked into all of them.
set(tests_dir ${CMAKE_CURRENT_SOURCE_DIR}/../tests)
file(GLOB test_sources CONFIGURE_DEPENDS ${tests_dir}/c/test_*.c
  ${tests_dir}/stress/stress_*.c ${tests_dir}/fuzz/fuzz_*.c)
file(GLOB support_sources CONFIGURE_DEPENDS ${tests_dir}/c/*.c)
list(FILTER support_sources EXCLUDE REGEX "/test_[^/]*$")
add_library(test_support OBJECT EXCLUDE_FROM_ALL ${support_sources})
target_compile_options(test_support PRIVATE -UNDEBUG)
target_link_libraries(test_support PRIVATE vjob_static vjob_need::cmocka)

# One report ends the program, with its stack.
set(test_environment
  ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1
  UBSAN_OPTIONS=print_stacktrace=1
  "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:atexit_sleep_ms=0")

# A program NAME of the given sources; the second word of its name says which facade it needs.
function(vjob_test_program name)
  add_executable(${name} ${ARGN} $<TARGET_OBJECTS:test_support>)
  # Invariants in tests are asserts; a Release build must not drop them.
  target_compile_options(${name} PRIVATE -UNDEBUG)
  target_include_directories(${name} PRIVATE ${tests_dir}/c)
  set(link vjob_static)
  string(REGEX REPLACE "^[a-z]+_([a-z]+).*" "\\1_static" facade ${name})
  if(TARGET ${facade})
    set(link ${facade})
  elseif(facade STREQUAL all_static)
    set(link ${VJOB_FACADES})
    list(TRANSFORM link APPEND _static)
  endif()
  target_link_libraries(${name} PRIVATE ${link} vjob_need::cmocka)
  if(NOT APPLE) # tests/c/failing.c makes the engine's allocations, thread starts and writes fail
    target_link_options(${name} PRIVATE
      LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup,--wrap=pthread_create,--wrap=write)
  endif()
endfunction()

function(vjob_test name)
  add_test(NAME ${name} COMMAND ${VJOB_LAUNCHER} $<TARGET_FILE:${name}> ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 ENVIRONMENT "${test_environment}")
endfunction()

foreach(source ${test_sources})
  get_filename_component(name ${source} NAME_WE)
  set(parts "")
  if(name STREQUAL stress_all)
    file(GLOB parts CONFIGURE_DEPENDS ${tests_dir}/stress/all_*.c)
  endif()
  vjob_test_program(${name} ${source} ${parts})
  vjob_test(${name})
endforeach()

# Targets of libFuzzer: with VJOB_FUZZ (clang only) programs that go on by themselves, else the kept
# corpus is run once, like any test.
file(GLOB fuzz_targets CONFIGURE_DEPENDS ${tests_dir}/fuzz/target_*.c)
foreach(source ${fuzz_targets})
  get_filename_component(name ${source} NAME_WE)
  if(VJOB_FUZZ)
    vjob_test_program(${name} ${source})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  else()
    vjob_test_program(${name} ${source} ${tests_dir}/fuzz/replay.c)
    vjob_test(${name} ${tests_dir}/fuzz/corpus/${name})
  endif()
endforeach()
