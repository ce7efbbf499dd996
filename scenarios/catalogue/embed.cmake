# Embeds every scenario of this folder and those below it into ww_scenarios: one generated .cc in
# the build folder, written anew when a file is added, removed or changed. A scenario's name is its
# path here without ".yaml".
set(catalogue_folder ${CMAKE_SOURCE_DIR}/scenarios/catalogue)
file(GLOB_RECURSE catalogue_yaml CONFIGURE_DEPENDS ${catalogue_folder}/*.yaml)
list(SORT catalogue_yaml)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${catalogue_yaml})

set(catalogue_items "")
foreach(path ${catalogue_yaml})
  file(RELATIVE_PATH name ${catalogue_folder} ${path})
  string(REGEX REPLACE "\\.yaml$" "" name ${name})
  file(READ ${path} yaml)
  # Raw strings may be as long as 64 KiB everywhere; a scenario is far below that.
  string(APPEND catalogue_items "    {\"${name}\", R\"WW_YAML(${yaml})WW_YAML\"},\n")
endforeach()

set(catalogue_cc ${CMAKE_BINARY_DIR}/generated/scenarios/catalogue/embedded.cc)
file(CONFIGURE OUTPUT ${catalogue_cc} @ONLY CONTENT
"// Generated from scenarios/catalogue/**.yaml by embed.cmake.
#include \"scenarios/catalogue/catalogue.h\"

namespace ww::scenarios {
namespace {
constexpr EmbeddedScenario kEmbedded[] = {
@catalogue_items@};
}  // namespace

std::span<const EmbeddedScenario> BuiltInScenarios() { return kEmbedded; }

}  // namespace ww::scenarios
")
target_sources(ww_scenarios PRIVATE ${catalogue_cc}
               ${CMAKE_SOURCE_DIR}/scenarios/catalogue/catalogue.cc)
