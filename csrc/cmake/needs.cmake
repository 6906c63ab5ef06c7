# What the build needs from the machine. Something missing is one sentence that names the
# Debian package; build_ext.py shows the text after "vjob needs" to users of pip.

function(vjob_need_failed what package)
  message(FATAL_ERROR "vjob needs ${what}: apt install ${package}")
endfunction()

# A macro: enable_language() works in the calling scope only.
macro(vjob_need_compiler)
  include(CheckLanguage)
  check_language(C)
  if(NOT CMAKE_C_COMPILER)
    vjob_need_failed("a C compiler" build-essential)
  endif()
  enable_language(C)
endmacro()

# Makes the imported target vjob_need::NAME.
function(vjob_need_library name header package)
  find_path(VJOB_${name}_INCLUDE ${header})
  find_library(VJOB_${name}_LIBRARY ${name})
  mark_as_advanced(VJOB_${name}_INCLUDE VJOB_${name}_LIBRARY)
  if(NOT VJOB_${name}_INCLUDE OR NOT VJOB_${name}_LIBRARY)
    vjob_need_failed("the C library ${name} with its header ${header}" ${package})
  endif()
  add_library(vjob_need::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(vjob_need::${name} PROPERTIES
    IMPORTED_LOCATION "${VJOB_${name}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${VJOB_${name}_INCLUDE}")
endfunction()

# A macro: the result of find_package() is wanted in the calling scope.
macro(vjob_need_python)
  find_package(Python3 3.10 COMPONENTS Interpreter QUIET)
  if(NOT Python3_Interpreter_FOUND)
    vjob_need_failed("Python 3.10 or later to make generated sources" python3)
  endif()
endmacro()
