# The libraries: each is compiled once, into objects from which the shared library and, for
# the C tests, a static twin (where hidden names can be reached) are made.
include(CMakePackageConfigHelpers)

set(VJOB_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/vjob)

# vjob_library(TARGET FILE library file's middle PACKAGE pkg-config name REQUIRES package it stands on
#              DESCRIPTION text SOURCES.. PUBLIC include folders.. PRIVATE include folders.. LINK targets..)
function(vjob_library target)
  cmake_parse_arguments(arg "" "FILE;PACKAGE;REQUIRES;DESCRIPTION" "SOURCES;PUBLIC;PRIVATE;LINK" ${ARGN})

  add_library(${target}_objects OBJECT ${arg_SOURCES})
  target_include_directories(${target}_objects PRIVATE ${arg_PUBLIC} ${arg_PRIVATE})
  target_link_libraries(${target}_objects PRIVATE ${arg_LINK})
  target_compile_definitions(${target}_objects PRIVATE "VJOB_VERSION=\"${PROJECT_VERSION}\"")

  add_library(${target} SHARED $<TARGET_OBJECTS:${target}_objects>)
  add_library(vjob::${target} ALIAS ${target})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${arg_FILE} LINKER_LANGUAGE C)
  target_link_options(${target} PRIVATE ${VJOB_LINK_OPTIONS})
  target_link_libraries(${target} PRIVATE ${arg_LINK})

  add_library(${target}_static STATIC EXCLUDE_FROM_ALL $<TARGET_OBJECTS:${target}_objects>)
  set_target_properties(${target}_static PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${target}_static PUBLIC ${arg_PUBLIC} ${arg_PRIVATE})
  string(REPLACE "vjob::vjob" "vjob_static" static_link "${arg_LINK}")
  target_link_libraries(${target}_static PUBLIC ${static_link})

  # Include folders lie in the source or the build tree as .../include[/sub] or .../compat[/sub];
  # clients of an installed copy see the same tail below their include folder.
  set(cflags "")
  foreach(folder ${arg_PUBLIC})
    string(REGEX REPLACE "^.*/(include|compat)" "" tail "${folder}")
    target_include_directories(${target} PUBLIC
      "$<BUILD_INTERFACE:${folder}>" "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}${tail}>")
    list(APPEND cflags "-I\${includedir}${tail}")
    if(NOT tail AND EXISTS "${folder}")
      install(DIRECTORY "${folder}/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES cflags)
  string(REPLACE ";" " " cflags "${cflags}")

  install(TARGETS ${target} EXPORT vjobTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  # pkg-config files find their way from where they lie, so an installed tree can be moved.
  file(RELATIVE_PATH to_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig" "${CMAKE_INSTALL_PREFIX}")
  string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
  configure_file(cmake/package.pc.in ${arg_PACKAGE}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${arg_PACKAGE}.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endfunction()

# libvjob.so: the engine and the simulator.
function(vjob_engine)
  file(GLOB sources CONFIGURE_DEPENDS platform/*.c core/*.c sim/*.c)
  vjob_library(vjob FILE vjob PACKAGE vjob
    DESCRIPTION "jobs, events and a simulated hypervisor"
    SOURCES ${sources}
    PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}
    LINK vjob_need::jansson Threads::Threads)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/sim/inventory.schema.json)
    install(FILES sim/inventory.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/vjob)
  endif()
endfunction()

# vjob_facade(NAME FILE DESCRIPTION [COMPAT folder] [LIBRARIES..]): target vjob::NAME, package vjob-NAME,
# library libFILE.so from facade/NAME/*.c and what facade/NAME/api/generate.py makes. Clients may write
# both <NAME/header.h> and <header.h>. compat/FOLDER has headers of the API's home that programs include too.
function(vjob_facade name file description)
  cmake_parse_arguments(arg "" "COMPAT" "" ${ARGN})
  set(generated ${CMAKE_BINARY_DIR}/generated/${name})
  vjob_generate(${name} ${generated})
  file(GLOB sources CONFIGURE_DEPENDS facade/${name}/*.c ${generated}/*.c)
  if(NOT sources)
    return()
  endif()
  set(VJOB_FACADES ${VJOB_FACADES} ${name} PARENT_SCOPE)
  set(includes "")
  foreach(root ${generated}/include ${CMAKE_CURRENT_SOURCE_DIR}/include)
    if(EXISTS ${root}/${name})
      list(APPEND includes ${root} ${root}/${name})
    endif()
  endforeach()
  if(arg_COMPAT)
    set(compat ${CMAKE_CURRENT_SOURCE_DIR}/compat)
    list(APPEND includes ${compat} ${compat}/${arg_COMPAT})
  endif()
  vjob_library(${name} FILE ${file} PACKAGE vjob-${name} REQUIRES vjob
    DESCRIPTION "${description}"
    SOURCES ${sources}
    PUBLIC ${includes}
    PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/facade/${name} ${generated}
    LINK vjob::vjob ${arg_UNPARSED_ARGUMENTS})
  # Symbols with a version of their own are not mixed up with those of a vendor's library in the same process.
  if(EXISTS ${generated}/${name}.map AND NOT APPLE)
    target_link_options(${name} PRIVATE "-Wl,--version-script=${generated}/${name}.map")
  endif()
endfunction()

# Runs facade/NAME/api/generate.py when one of its inputs changed. This happens while
# configuring, so that the build needs no list of what is generated; ninja and make configure
# again by themselves when a table or the generator is edited.
function(vjob_generate name out)
  set(api ${CMAKE_CURRENT_SOURCE_DIR}/facade/${name}/api)
  if(NOT EXISTS ${api}/generate.py)
    return()
  endif()
  vjob_need_python()
  file(GLOB_RECURSE inputs CONFIGURE_DEPENDS ${api}/* ${CMAKE_CURRENT_SOURCE_DIR}/facade/common_api/*)
  list(FILTER inputs EXCLUDE REGEX "/__pycache__/")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${inputs})
  set(digest "")
  foreach(input ${inputs})
    file(SHA256 ${input} one)
    string(APPEND digest "${one} ${input}\n")
  endforeach()
  if(EXISTS ${out}/.inputs)
    file(READ ${out}/.inputs made_from)
    if(made_from STREQUAL digest)
      return()
    endif()
  endif()
  message(STATUS "Generating ${name}")
  file(REMOVE_RECURSE ${out})
  file(MAKE_DIRECTORY ${out})
  execute_process(COMMAND ${Python3_EXECUTABLE} -B ${api}/generate.py ${out} RESULT_VARIABLE failed)
  if(failed)
    message(FATAL_ERROR "${api}/generate.py failed (${failed})")
  endif()
  file(WRITE ${out}/.inputs "${digest}")
endfunction()

# find_package(vjob): the targets above, with the same relocatable layout.
function(vjob_install_package)
  install(EXPORT vjobTargets NAMESPACE vjob:: DESTINATION ${VJOB_CMAKE_DIR})
  file(WRITE ${CMAKE_BINARY_DIR}/vjobConfig.cmake
    "include(\"\${CMAKE_CURRENT_LIST_DIR}/vjobTargets.cmake\")\n")
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/vjobConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${CMAKE_BINARY_DIR}/vjobConfig.cmake ${CMAKE_BINARY_DIR}/vjobConfigVersion.cmake
    DESTINATION ${VJOB_CMAKE_DIR})
endfunction()

# The vir facade under the name that libvirt programs ask pkg-config for, in a folder of its own: nobody gets it
# who did not put that folder into PKG_CONFIG_PATH.
function(vjob_libvirt_name)
  if(NOT TARGET vir)
    return()
  endif()
  set(folder ${CMAKE_INSTALL_LIBDIR}/vjob-libvirt)
  file(RELATIVE_PATH to_prefix "${CMAKE_INSTALL_FULL_LIBDIR}/vjob-libvirt" "${CMAKE_INSTALL_PREFIX}")
  string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
  configure_file(cmake/libvirt.pc.in libvirt.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/libvirt.pc DESTINATION ${folder})
endfunction()
